"""Money in suspense, and what is held back, the oldest first; and one case with its resolutions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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
from domain.errors import Malformed, NotFound, Refusal
from domain.incoming_transfers import IncomingState
from domain.limits import MAX_DETAILS
from domain.resolutions import ResolutionState
from edge.idempotency import fingerprint
from fronts.services import Services
from fronts.writes import Reply, replied
from market import resolutions
from store.banks.banks import banks
from store.banks.statement_reads import failing
from store.chain.incoming_transfers import IncomingTransfer, held_back, incoming_of, unmatched
from store.chain.suspense import returnable
from store.people.operators import operators_of
from store.wallets.resolutions import Resolution, open_resolutions, resolutions_of

SHOWN: Final = 100  # the oldest; resolved ones make room for the next
STATES: Final = {
    ResolutionState.REQUESTED: "waits for a second person",
    ResolutionState.RETURNING: "approved: the bank is asked",
}
Act = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Row:
    transfer: IncomingTransfer
    age: str
    waits: str


class Suspense(CustomView):
    menu_label = "Suspense"
    icon = "fa fa-circle-question"
    path = "/suspense"
    route_name = "suspense"

    @route("")
    async def index(self, request: Request) -> Response:
        session: AsyncSession = request.state.session
        found, at = await unmatched(session, None, SHOWN), await now(session)
        doubtful = await held_back(session, SHOWN)
        being = await open_resolutions(session, [one.id for one in (*found, *doubtful)])
        names = {bank.id: bank.name for bank in await banks(session)}
        context = {
            "title": self.menu_label,
            "rows": [Row(one, age(at, one.seen_at), _waits(being.get(one.id))) for one in found],
            "held_back": [Row(one, age(at, one.seen_at), _waits(being.get(one.id))) for one in doubtful],
            "silent": [(names[one.bank_id], age(at, one.failing_since or at)) for one in await failing(session)],
            "shown": SHOWN,
        }
        assert self.templates is not None
        return self.templates.TemplateResponse(request=request, name="suspense.html", context=context)

    @route("/{incoming_id:uuid}", name="in_suspense")
    async def case(self, request: Request) -> Response:
        try:
            return await self._case(request, {})
        except NotFound:
            raise HTTPException(404) from None

    @route("/{incoming_id:uuid}/assignment", methods=["POST"], name="assign_transfer")
    async def assign(self, request: Request) -> Response:
        def act(said: dict[str, str]) -> Act:
            wallet_id, top_up_id = _uuid(said["wallet_id"], "wallet_id"), _uuid(said["top_up_id"], "top_up_id")
            return partial(resolutions.assign, **_about(request, said), wallet_id=wallet_id, top_up_id=top_up_id)

        return await self._do(request, ("wallet_id", "top_up_id", "reason", "seen"), act)

    @route("/{incoming_id:uuid}/return", methods=["POST"], name="return_transfer")
    async def send_back(self, request: Request) -> Response:
        return await self._do(
            request, ("reason", "seen"), lambda said: partial(resolutions.send_back, **_about(request, said))
        )

    @route("/{incoming_id:uuid}/dismissal", methods=["POST"], name="dismiss_transfer")
    async def dismiss(self, request: Request) -> Response:
        return await self._do(
            request, ("reason", "seen"), lambda said: partial(resolutions.dismiss, **_about(request, said))
        )

    @route("/{incoming_id:uuid}/decision", methods=["POST"], name="decide_resolution")
    async def decide(self, request: Request) -> Response:
        """What the second person says, or the first one on retracting it, about the resolution that the page showed."""

        def act(said: dict[str, str]) -> Act:
            named = {"operator_id": request.state.operator_id, "resolution_id": _uuid(said["resolution"], "resolution")}
            if said["word"] == "retract":
                return partial(resolutions.retract, **named)
            return partial(resolutions.decide, **named, approve=said["word"] == "approve")

        return await self._do(request, ("resolution", "word"), act)

    async def _do(self, request: Request, names: tuple[str, ...], act_of: Callable[[dict[str, str]], Act]) -> Response:
        """Carries out an act once per form, which says how many resolutions it has seen, and shows the case again."""
        form, incoming_id = await request.form(), request.path_params["incoming_id"]
        said = {name: str(form.get(name) or "").strip() for name in names}
        services: Services = request.app.state.services
        try:
            digest = fingerprint(services.settings.pepper_bytes, "POST", request.url.path, said)
            key = f"{request.url.path.rpartition('/')[2]}/{incoming_id}/{digest.hex()[:32]}"
            work = replied(act_of(said), _done)
            await services.acts.run(f"operator/{request.state.operator_id}", key, digest, work, store_refusals=False)
        except Refusal as refused:
            return await self._case(request, said, refused)
        flash(request, "It is recorded.", "success")
        return RedirectResponse(str(request.url_for("admin:in_suspense", incoming_id=incoming_id)), 303)

    async def _case(self, request: Request, said: dict[str, str], refused: Refusal | None = None) -> Response:
        session: AsyncSession = request.state.session
        transfer = await incoming_of(session, request.path_params["incoming_id"])
        asked = await resolutions_of(session, transfer.id)
        people = {one for each in asked for one in (each.requested_by, each.decided_by) if one is not None}
        context = {
            "title": self.menu_label,
            "transfer": transfer,
            "resolutions": asked,
            "open": next((one for one in asked if one.final_at is None), None),
            "names": {id_: operator.name for id_, operator in (await operators_of(session, people)).items()},
            "me": request.state.operator_id,
            "said": said,
            "refused": refused,
            "unmatched": transfer.state == IncomingState.UNMATCHED,
            "held_back": transfer.state == IncomingState.HELD_BACK,
            "returnable": returnable(transfer),
            "max_reason": MAX_DETAILS,
            "flashed_messages": get_flashed_messages(request),
        }
        assert self.templates is not None
        status = 200 if refused is None else refused.status
        return self.templates.TemplateResponse(
            request=request, name="in_suspense.html", context=context, status_code=status
        )


def _waits(resolution: Resolution | None) -> str:
    return "" if resolution is None else f"{resolution.way}: {STATES[ResolutionState(resolution.state)]}"


def _about(request: Request, said: dict[str, str]) -> dict[str, Any]:
    """Who asks, about what, and why. Raises `Malformed` missing_field."""
    if not 1 <= len(said["reason"]) <= MAX_DETAILS:
        raise Malformed("missing_field", f"Say why, in at most {MAX_DETAILS} characters.", "reason")
    incoming_id: UUID = request.path_params["incoming_id"]
    return {"operator_id": request.state.operator_id, "incoming_id": incoming_id, "reason": said["reason"]}


def _uuid(text: str, field: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Malformed("invalid_field", "This is not an id.", field) from None


async def _done(_: AsyncSession, __: Any) -> Reply:
    return 200, {}
