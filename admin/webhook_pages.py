"""Webhook endpoints of a marketplace, made and changed for it; and one endpoint, with what became of each event."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
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

from admin.guard import marketplaces_of
from domain.errors import Malformed, NotFound, Refusal
from domain.feed import TEST
from domain.webhooks import MAX_REDELIVERED, SECRET_LASTS_S, DeliveryState
from edge.characters import is_email
from edge.idempotency import fingerprint
from edge.outward import MAX_URL_CHARS, Outward
from fronts.paging import PAGE_SIZE, page
from fronts.services import Services
from fronts.writes import Reply, replied
from market import webhooks
from market.actor import Actor
from market.acts import Outcome
from market.webhooks import Again, Wanted
from store import clock
from store.operations.feed import types_of
from store.operations.webhooks import (
    Delivery,
    WebhookAttempt,
    WebhookEndpoint,
    attempts_of,
    deliveries_of,
    endpoint_of,
    endpoints_of,
)

MAX_TYPES: Final = 2_000  # characters
MAX_KEY: Final = 40
STATES: Final = [state for state in DeliveryState if state is not DeliveryState.DROPPED]
Act = Callable[[AsyncSession, Actor], Any]


@dataclass(frozen=True, slots=True)
class Row:
    """A delivery, what it is about, and each try."""

    delivery: Delivery
    type: str
    tries: Sequence[WebhookAttempt]


class Webhooks(CustomView):
    menu_label = "Webhooks"
    icon = "fa fa-tower-broadcast"
    path = "/webhooks"
    route_name = "webhooks"

    @route("")
    async def index(self, request: Request) -> Response:
        return await self._all(request, request.query_params.get("marketplace"), {})

    @route("", methods=["POST"], name="make_webhook_endpoint")
    async def make(self, request: Request) -> Response:
        """The page of the new endpoint, which shows its secret this once."""
        said = await _said(request, "marketplace", "url", "types", "email", "language")
        services = _services(request)
        try:
            if said["marketplace"] not in dict(marketplaces_of(request)):
                raise Malformed("invalid_field", "There is no such marketplace.", "marketplace")
            actor, wanted = Actor(UUID(said["marketplace"])), _wanted(services, said, enabled=True)
            make = partial(webhooks.make, actor=actor, wanted=wanted, sealer=services.sealer)
            made = UUID(str((await _run(request, "make", said, make))["id"]))
        except Refusal as refused:
            return await self._all(request, said["marketplace"], said, refused)
        return await self._one(request, made, {}, secret=True)

    @route("/{endpoint_id:uuid}", name="webhook_endpoint")
    async def endpoint(self, request: Request) -> Response:
        """With `state` only deliveries in it, `after` where the page before ended."""
        return await self._one(request, request.path_params["endpoint_id"], {})

    @route("/{endpoint_id:uuid}/change", methods=["POST"], name="change_webhook_endpoint")
    async def change(self, request: Request) -> Response:
        said = await _said(request, "url", "types", "email", "language", "enabled")

        def act(endpoint_id: UUID) -> Act:
            wanted = _wanted(_services(request), said, enabled=said["enabled"] == "yes")
            return partial(webhooks.change, endpoint_id=endpoint_id, wanted=wanted)

        return await self._do(request, said, act, "It is changed. What waits is sent now.")

    @route("/{endpoint_id:uuid}/secret", methods=["POST"], name="rotate_webhook_secret")
    async def rotate(self, request: Request) -> Response:
        """The page shows the new secret this once."""
        said = await _said(request)

        def act(endpoint_id: UUID) -> Act:
            return partial(webhooks.rotate, endpoint_id=endpoint_id, sealer=_services(request).sealer)

        return await self._do(request, said, act, secret=True)

    @route("/{endpoint_id:uuid}/test", methods=["POST"], name="test_webhook_endpoint")
    async def test(self, request: Request) -> Response:
        return await self._do(
            request, await _said(request), lambda id_: partial(webhooks.test, endpoint_id=id_), "A test is on its way."
        )

    @route("/{endpoint_id:uuid}/redelivery", methods=["POST"], name="redeliver_webhooks")
    async def redeliver(self, request: Request) -> Response:
        """One event, or those of a span of time in UTC."""
        said = await _said(request, "event", "since", "until")

        def act(endpoint_id: UUID) -> Act:
            event = _uuid(said["event"], "event")
            span = {} if event else {name: _moment(said[name], name) for name in ("since", "until")}
            return partial(webhooks.deliver_again, endpoint_id=endpoint_id, again=Again(event, **span))

        return await self._do(request, said, act, "Events that are sent again: {events}.")

    @route("/{endpoint_id:uuid}/deletion", methods=["POST"], name="delete_webhook_endpoint")
    async def delete(self, request: Request) -> Response:
        """For good: what waits is dropped."""
        return await self._do(
            request, await _said(request), lambda id_: partial(webhooks.delete, endpoint_id=id_), "It is deleted."
        )

    async def _do(
        self,
        request: Request,
        said: dict[str, str],
        act_of: Callable[[UUID], Act],
        done: str = "",
        *,
        secret: bool = False,
    ) -> Response:
        """Carries out an act for the endpoint's marketplace, once per form, and shows the endpoint again."""
        endpoint_id: UUID = request.path_params["endpoint_id"]

        async def work(session: AsyncSession) -> Outcome[Any]:
            endpoint = await endpoint_of(session, None, endpoint_id)
            outcome: Outcome[Any] = await act_of(endpoint_id)(session, Actor(endpoint.marketplace_id))
            return outcome

        try:
            answer = await _run(request, f"{request.url.path.rpartition('/')[2]}/{endpoint_id}", said, work)
        except NotFound as unknown:
            if unknown.code == "unknown_webhook_endpoint":
                raise HTTPException(404) from None
            return await self._one(request, endpoint_id, said, unknown)
        except Refusal as refused:
            return await self._one(request, endpoint_id, said, refused)
        if secret:
            return await self._one(request, endpoint_id, {}, secret=True)
        flash(request, done.format(events=answer.get("events", 0)), "success")
        return RedirectResponse(str(request.url_for("admin:webhook_endpoint", endpoint_id=endpoint_id)), 303)

    async def _all(
        self, request: Request, chosen: str | None, said: dict[str, str], refused: Refusal | None = None
    ) -> Response:
        choices = marketplaces_of(request)
        marketplace = chosen if chosen in dict(choices) else next((id_ for id_, _ in choices), None)
        session: AsyncSession = request.state.session
        context = {
            "title": self.menu_label,
            "choices": choices,
            "marketplace": marketplace,
            "endpoints": [] if marketplace is None else await endpoints_of(session, UUID(marketplace)),
            "said": said,
            "refused": refused,
            "max_url": MAX_URL_CHARS,
            "max_types": MAX_TYPES,
            "key": secrets.token_urlsafe(16),
            "flashed_messages": get_flashed_messages(request),
        }
        assert self.templates is not None
        status = 200 if refused is None else refused.status
        return self.templates.TemplateResponse(
            request=request, name="webhooks.html", context=context, status_code=status
        )

    async def _one(
        self,
        request: Request,
        endpoint_id: UUID,
        said: dict[str, str],
        refused: Refusal | None = None,
        *,
        secret: bool = False,
    ) -> Response:
        session: AsyncSession = request.state.session
        try:
            endpoint = await endpoint_of(session, None, endpoint_id)
        except NotFound:
            raise HTTPException(404) from None
        state = request.query_params.get("state")
        wanted = DeliveryState(state) if state in STATES else None
        after = _after(request.query_params.get("after"))
        found = await deliveries_of(session, endpoint.id, after, PAGE_SIZE + 1, wanted)
        shown, last = page(found, PAGE_SIZE)
        now = await clock.now(session, endpoint.id)
        services = _services(request)
        context = {
            "title": self.menu_label,
            "endpoint": endpoint,
            "marketplace": dict(marketplaces_of(request)).get(str(endpoint.marketplace_id), ""),
            "secret": webhooks.secrets_of(services.sealer, endpoint, now)[0] if secret else None,
            "old_until": endpoint.old_until if endpoint.old_until and endpoint.old_until > now else None,
            "lasts_h": SECRET_LASTS_S // 3600,
            "rows": await _rows(session, shown),
            "older": None if last is None else last.id,
            "states": STATES,
            "state": wanted,
            "said": said,
            "refused": refused,
            "most": MAX_REDELIVERED,
            "max_url": MAX_URL_CHARS,
            "max_types": MAX_TYPES,
            "key": secrets.token_urlsafe(16),
            "flashed_messages": get_flashed_messages(request),
        }
        assert self.templates is not None
        status = 200 if refused is None else refused.status
        return self.templates.TemplateResponse(
            request=request, name="webhook_endpoint.html", context=context, status_code=status
        )


async def _rows(session: AsyncSession, shown: Sequence[Delivery]) -> list[Row]:
    tries = await attempts_of(session, [one.id for one in shown])
    types = await types_of(session, [one.event_id for one in shown if one.event_id is not None])
    return [Row(one, types[one.event_id] if one.event_id else TEST, tries[one.id]) for one in shown]


async def _run(request: Request, what: str, said: dict[str, str], act: Callable[[AsyncSession], Any]) -> dict[str, Any]:
    """Carries out an act once per form, by the key that the page gave it."""
    services = _services(request)
    digest = fingerprint(services.settings.pepper_bytes, "POST", request.url.path, said)
    work = replied(act, _done)
    caller, key = f"operator/{request.state.operator_id}", f"webhooks/{what}/{said['key'][:MAX_KEY]}"
    answer = await services.acts.run(caller, key, digest, work, store_refusals=False)
    return dict(answer.body)


async def _done(_: AsyncSession, value: Any) -> Reply:
    if isinstance(value, tuple):
        return 200, {"events": value[1]}
    return 200, {"id": str(value.id)} if isinstance(value, WebhookEndpoint) else {}


async def _said(request: Request, *names: str) -> dict[str, str]:
    form = await request.form()
    return {name: str(form.get(name) or "").strip() for name in (*names, "key")}


def _wanted(services: Services, said: dict[str, str], *, enabled: bool) -> Wanted:
    """Raises `Malformed` bad_url, invalid_field."""
    Outward(services.settings.webhook_host_names).check(said["url"])
    if said["email"] and not is_email(said["email"]):
        raise Malformed("invalid_field", "This is not an e-mail address.", "email")
    if len(said["types"]) > MAX_TYPES:
        raise Malformed("invalid_field", f"Name the types in at most {MAX_TYPES} characters.", "types")
    language = said["language"] if said["language"] in ("en", "ru") else "en"
    return Wanted(said["url"], said["types"].replace(",", " ").split(), said["email"] or None, language, enabled)


def _uuid(text: str, field: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Malformed("invalid_field", "This is not an id.", field) from None


def _moment(text: str, field: str) -> datetime:
    """As the browser's field for times has it, in UTC."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        raise Malformed("missing_field", "Say from when and until when, in UTC.", field) from None


def _after(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services
