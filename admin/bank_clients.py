"""Client programs of banks: registered, tested, changed, enabled, drained and disabled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette_admin import CustomView
from starlette_admin.flash import flash, get_flashed_messages
from starlette_admin.routing import route

from admin.ages import age, now
from domain.bank_clients import MAX_CALLS, MAX_TIMEOUT_MS, BankClientState
from domain.errors import Malformed, NotFound, Refusal
from edge.characters import is_line
from edge.outward import MAX_URL_CHARS, Outward
from edge.webhooks import is_secret
from fronts.bank_clients import said_at, said_by, tested
from fronts.services import Services
from market import bank_clients as acts
from market.acts import Outcome
from market.bank_clients import Connection, Wanted
from store.banks.bank_clients import BankClientRow, bank_client_of, bank_clients, serving
from store.banks.banks import banks

MAX_NAME: Final = 200
MAX_SECRET: Final = 500
_FIELDS: Final = ("name", "url", "timeout_ms", "max_calls", "api_key", "webhook_secret")
_SECRETS: Final = ("api_key", "webhook_secret")
_DONE: Final = {
    BankClientState.ENABLED: "Enabled: its banks are open for payments.",
    BankClientState.DRAINING: "Draining: nothing new begins at its banks.",
    BankClientState.DISABLED: "Disabled: it is not called.",
}
Act = Callable[[AsyncSession], Awaitable[Outcome[BankClientRow]]]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows beside the rows: what was typed, why it was refused, what a test has found."""

    said: dict[str, str] = field(default_factory=dict)
    refused: Refusal | None = None
    found: Connection | None = None


class BankClients(CustomView):
    menu_label = "Bank clients"
    icon = "fa fa-plug"
    path = "/bank-clients"
    route_name = "bank_clients"

    @route("")
    async def index(self, request: Request) -> Response:
        return await self._list(request, Shown())

    @route("/new", methods=["POST"], name="register_bank_client")
    async def register(self, request: Request) -> Response:
        services: Services = request.app.state.services
        said = await _said(request)
        try:
            wanted = _wanted(services, said)
            if wanted.api_key is None:
                raise Malformed("missing_field", "An API key is needed.", "api_key")
            act = partial(acts.register, operator_id=request.state.operator_id, wanted=wanted, sealer=services.sealer)
            client = (await services.database.run(act)).value
        except Refusal as refused:
            return await self._list(request, Shown(said, refused))
        flash(request, "Registered, and disabled until you enable it.", "success")
        return _to(request, client.id)

    @route("/{client_id:uuid}", name="bank_client")
    async def client(self, request: Request) -> Response:
        return await self._one(request, Shown())

    @route("/{client_id:uuid}/change", methods=["POST"], name="change_bank_client")
    async def change(self, request: Request) -> Response:
        services: Services = request.app.state.services
        said = await _said(request)
        try:
            wanted = _wanted(services, said)
            there = await said_at(services, _id(request), wanted)
        except NotFound:
            raise HTTPException(404) from None
        except Refusal as refused:
            return await self._one(request, Shown(said, refused))
        act = partial(acts.change, id_=_id(request), wanted=wanted, sealer=services.sealer, said=there)
        return await self._do(request, act, "Changed. Every program calls it so within seconds.", said)

    @route("/{client_id:uuid}/test", methods=["POST"], name="test_bank_client")
    async def test(self, request: Request) -> Response:
        """Asks it for its banks and changes nothing."""
        try:
            found = await tested(request.app.state.services, _id(request))
        except NotFound:
            raise HTTPException(404) from None
        return await self._one(request, Shown(found=found))

    @route("/{client_id:uuid}/state", methods=["POST"], name="move_bank_client")
    async def move(self, request: Request) -> Response:
        services: Services = request.app.state.services
        state = str((await request.form()).get("state") or "")
        try:
            if state == BankClientState.ENABLED:
                act: Act = partial(acts.enable, id_=_id(request), said=await said_by(services, _id(request)))
            elif state in (BankClientState.DRAINING, BankClientState.DISABLED):
                act = partial(acts.drain if state == BankClientState.DRAINING else acts.disable, id_=_id(request))
            else:
                raise Malformed("invalid_field", "There is no such state.", "state")
        except NotFound:
            raise HTTPException(404) from None
        except Refusal as refused:
            return await self._one(request, Shown(refused=refused))
        return await self._do(request, act, _DONE[BankClientState(state)], {})

    async def _do(self, request: Request, act: Act, done: str, said: dict[str, str]) -> Response:
        services: Services = request.app.state.services
        try:
            await services.database.run(act)
        except NotFound:
            raise HTTPException(404) from None
        except Refusal as refused:
            return await self._one(request, Shown(said, refused))
        services.banks.forget()
        flash(request, done, "success")
        return _to(request, _id(request))

    async def _list(self, request: Request, shown: Shown) -> Response:
        session: AsyncSession = request.state.session
        rows, at = await bank_clients(session), await now(session)
        served = Counter((await serving(session)).values())
        context = {
            "clients": [(row, served[row.id], _health(row, age(at, row.failing_since or at))) for row in rows],
            "first": request.app.state.services.settings.bank_url,
        }
        return self._page(request, "bank_clients.html", shown, context)

    async def _one(self, request: Request, shown: Shown) -> Response:
        session: AsyncSession = request.state.session
        try:
            row = await bank_client_of(session, _id(request))
        except NotFound:
            raise HTTPException(404) from None
        at, services = await now(session), request.app.state.services
        context = {
            "client": row,
            "banks": [bank for bank in await banks(session) if bank.client_id == row.id],
            "health": _health(row, age(at, row.failing_since or at)),
            "webhooks_at": f"{services.settings.public_url}/api/v1/bank-webhooks/{row.id}",
        }
        return self._page(request, "bank_client.html", shown, context)

    def _page(self, request: Request, name: str, shown: Shown, context: dict[str, Any]) -> Response:
        assert self.templates is not None
        context |= {
            "title": self.menu_label,
            "said": {name: text for name, text in shown.said.items() if name not in _SECRETS},
            "refused": shown.refused,
            "found": shown.found,
            "limits": {"name": MAX_NAME, "url": MAX_URL_CHARS, "secret": MAX_SECRET},
            "flashed_messages": get_flashed_messages(request),
        }
        status = 200 if shown.refused is None else shown.refused.status
        return self.templates.TemplateResponse(request=request, name=name, context=context, status_code=status)


def _id(request: Request) -> UUID:
    id_: UUID = request.path_params["client_id"]
    return id_


def _to(request: Request, id_: UUID) -> Response:
    return RedirectResponse(str(request.url_for("admin:bank_client", client_id=id_)), 303)


def _health(row: BankClientRow, failing_for: str) -> str:
    if row.state == BankClientState.DISABLED:
        return "not called"
    if row.failing_since is not None:
        return f"failing for {failing_for}: {row.failure}"
    return "answers"


async def _said(request: Request) -> dict[str, str]:
    form = await request.form()
    return {name: str(form.get(name) or "").strip() for name in _FIELDS}


def _wanted(services: Services, said: dict[str, str]) -> Wanted:
    """Raises `Malformed`, naming the field."""
    if not 1 <= len(said["name"]) <= MAX_NAME or not is_line(said["name"]):
        raise Malformed("invalid_field", f"A name of at most {MAX_NAME} characters is needed.", "name")
    Outward(services.settings.bank_host_names).check(said["url"])
    if "?" in said["url"]:
        raise Malformed("bad_url", "The address has no query.", "url")
    for name in _SECRETS:
        if len(said[name]) > MAX_SECRET or not said[name].isascii() or " " in said[name]:
            raise Malformed("invalid_field", "This is no key or secret.", name)
    if said["webhook_secret"] and not is_secret(said["webhook_secret"]):
        raise Malformed("invalid_field", "A webhook secret is whsec_ and base64.", "webhook_secret")
    return Wanted(
        said["name"],
        said["url"],
        _number(said["timeout_ms"], 100, MAX_TIMEOUT_MS, "timeout_ms"),
        _number(said["max_calls"], 1, MAX_CALLS, "max_calls"),
        said["api_key"] or None,
        said["webhook_secret"] or None,
    )


def _number(text: str, least: int, most: int, name: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and least <= int(text) <= most):
        raise Malformed("invalid_field", f"A number from {least} to {most} is needed.", name)
    return int(text)
