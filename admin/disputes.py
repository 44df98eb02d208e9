"""Disputes, the oldest first; and one case: what was said and offered, what a ruling would move, and the decision."""

from __future__ import annotations

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
from domain.disputes import MAX_WHY, Awaited, DisputeState, Ruling, back_by, must_be_open
from domain.errors import Malformed, NotFound, Refusal
from domain.messages import MAX_MESSAGES
from domain.money import Money, parse_money
from domain.overrides import OverrideKind
from edge.idempotency import fingerprint
from fronts.services import Services
from fronts.writes import Reply, replied
from market import arbitration, messages
from market.acts import Work
from market.divisions import Division, division
from store.deals.deals import Deal, deal_of
from store.deals.disputes import Dispute, back_of, dispute_of, entries_of, open_disputes, standing_offers
from store.payments.overrides import Asked, pending_decision, why_decided
from store.people.operators import Operator, arbiter_still, operator_of, operators_of
from store.people.users import names_of

SHOWN: Final = 100  # the oldest; decided ones make room for the next
MESSAGES: Final = 200  # of a chat, on one page
AWAITED: Final = {
    Awaited.ANSWER: "an answer of the other party",
    Awaited.DECISION: "a decision",
    Awaited.SECOND_DECISION: "a second arbiter",
}
RULINGS: Final = {Ruling.RELEASE: "For the seller", Ruling.REFUND: "For the buyer", Ruling.SPLIT: "Split"}


@dataclass(frozen=True, slots=True)
class Row:
    id: UUID
    age: str
    deal_id: UUID
    title: str
    buyer: str
    seller: str
    price: Money
    opened_by: str
    reason: str
    awaited: str
    raised: bool
    arbiter: str


@dataclass(frozen=True, slots=True)
class Chat:
    """Messages of the parties, oldest first; `more` than these were sent."""

    messages: list[messages.Said]
    more: bool


class Disputes(CustomView):
    menu_label = "Disputes"
    icon = "fa fa-scale-balanced"
    path = "/disputes"
    route_name = "disputes"

    @route("")
    async def index(self, request: Request) -> Response:
        session: AsyncSession = request.state.session
        found, at = await open_disputes(session, None, SHOWN), await now(session)
        names = await names_of(session, {user for _, deal in found for user in (deal.buyer_id, deal.seller_id)})
        arbiters = await operators_of(session, {dispute.arbiter_id for dispute, _ in found if dispute.arbiter_id})
        rows = [
            Row(
                dispute.id, age(at, dispute.opened_at), deal.id, deal.title, names[deal.buyer_id],
                names[deal.seller_id], deal.price, dispute.opened_by, dispute.reason, AWAITED[dispute.times.awaited],
                dispute.escalated_at is not None, _name(arbiters, dispute.arbiter_id),
            )
            for dispute, deal in found
        ]  # fmt: skip
        assert self.templates is not None
        context = {"title": self.menu_label, "rows": rows, "shown": SHOWN}
        return self.templates.TemplateResponse(request=request, name="disputes.html", context=context)

    @route("/{dispute_id:uuid}", name="dispute")
    async def case(self, request: Request) -> Response:
        """One case; with `ruling`, and `amount` for a split, also what that would move."""
        try:
            return await self._case(request, dict(request.query_params))
        except NotFound:
            raise HTTPException(404) from None

    @route("/{dispute_id:uuid}/chat", name="dispute_chat")
    async def chat(self, request: Request) -> Response:
        """The case beside the messages of its parties, from the one after `after`. That they are read is recorded."""
        after = request.query_params.get("after", "")
        number = min(int(after[:6]), MAX_MESSAGES) if after.isascii() and after.isdecimal() else 0
        try:
            _, deal = await _found(request.state.session, request.path_params["dispute_id"])
            async with _services(request).database.transaction() as session:
                await messages.look_in(session, request.state.operator_id, deal.id)
                found = await messages.history(session, deal, number, MESSAGES + 1)
        except NotFound:
            raise HTTPException(404) from None
        except Refusal as refused:
            return await self._case(request, {}, refused)
        return await self._case(request, {}, chat=Chat(found[:MESSAGES], more=len(found) > MESSAGES))

    @route("/{dispute_id:uuid}/assignment", methods=["POST"], name="take_dispute")
    async def take(self, request: Request) -> Response:
        dispute_id: UUID = request.path_params["dispute_id"]
        try:
            act = partial(arbitration.take, operator_id=request.state.operator_id, dispute_id=dispute_id)
            await _run(request, f"take-dispute/{dispute_id}", {}, replied(act, _done))
        except Refusal as refused:
            return await self._case(request, {}, refused)
        flash(request, "You have taken this dispute.", "success")
        return RedirectResponse(str(request.url_for("admin:dispute", dispute_id=dispute_id)), 303)

    @route("/{dispute_id:uuid}/decision", methods=["POST"], name="decide_dispute")
    async def decide(self, request: Request) -> Response:
        """Decides as the preview showed it; refuses when more was said or offered since."""
        dispute_id: UUID = request.path_params["dispute_id"]
        form = await request.form()
        said = {name: str(form.get(name) or "").strip() for name in ("ruling", "amount", "reason", "entries")}
        try:
            if not 1 <= len(said["reason"]) <= MAX_WHY:
                raise Malformed("missing_field", f"Say why, in at most {MAX_WHY} characters.", "reason")
            ruling, amount = await _asked(request, dispute_id, said)
            act = partial(
                arbitration.decide,
                operator_id=request.state.operator_id,
                dispute_id=dispute_id,
                asked=Asked(OverrideKind(ruling.value), said["reason"], amount=amount),
                alone_up_to=_services(request).settings.override_alone_up_to,
                entries=int(said["entries"]) if said["entries"].isdecimal() else -1,
            )
            await _run(request, f"decide-dispute/{dispute_id}/{said['entries'][:10]}", said, replied(act, _done))
        except Refusal as refused:
            return await self._case(request, said, refused)
        flash(request, "The decision is recorded. Above the limit another operator approves it first.", "success")
        return RedirectResponse(str(request.url_for("admin:dispute", dispute_id=dispute_id)), 303)

    async def _case(
        self, request: Request, said: dict[str, str], refused: Refusal | None = None, chat: Chat | None = None
    ) -> Response:
        session: AsyncSession = request.state.session
        dispute, deal = await _found(session, request.path_params["dispute_id"])
        entries = await entries_of(session, dispute.id)
        names = await names_of(session, {deal.buyer_id, deal.seller_id})
        arbiters = await operators_of(session, {one for one in (dispute.arbiter_id, dispute.replaced_id) if one})
        preview: Division | None = None
        if said.get("ruling"):
            try:
                must_be_open(DisputeState(dispute.state))
                ruling, amount = await _asked(request, dispute.id, said)
                preview = await division(session, deal, back_by(ruling, amount, deal.disputed))
            except Refusal as wrong:
                refused = refused or wrong
        context = {
            "title": self.menu_label, "dispute": dispute, "deal": deal, "entries": entries, "said": said,
            "offers": standing_offers(entries, deal.disputed) if dispute.is_open else {},
            "rulings": RULINGS, "preview": preview,
            "buyer": names[deal.buyer_id], "seller": names[deal.seller_id], "refused": refused,
            "arbiter": _name(arbiters, dispute.arbiter_id), "replaced": _name(arbiters, dispute.replaced_id),
            "awaited": AWAITED[dispute.times.awaited], "back": back_of(dispute, deal), "max_reason": MAX_WHY,
            "money_of": lambda minor: Money(minor, deal.currency),
            "pending": await pending_decision(session, dispute.id), "why": await why_decided(session, dispute),
            "chat": chat,
            "decides": (await operator_of(session, request.state.operator_id)).arbiter,
            "free": await arbiter_still(session, dispute.arbiter_id) is None,
            "flashed_messages": get_flashed_messages(request),
        }  # fmt: skip
        assert self.templates is not None
        status = 200 if refused is None else refused.status
        return self.templates.TemplateResponse(
            request=request, name="dispute.html", context=context, status_code=status
        )


async def _found(session: AsyncSession, dispute_id: UUID) -> tuple[Dispute, Deal]:
    dispute = await dispute_of(session, dispute_id)
    return dispute, await deal_of(session, None, dispute.deal_id)


async def _asked(request: Request, dispute_id: UUID, said: dict[str, str]) -> tuple[Ruling, Money | None]:
    """The ruling that was typed. Raises `Malformed` invalid_field, bad_amount."""
    _, deal = await _found(request.state.session, dispute_id)
    if said["ruling"] not in set(Ruling):
        raise Malformed("invalid_field", "For the seller, for the buyer, or split?", "ruling")
    ruling, amount = Ruling(said["ruling"]), said.get("amount", "")
    return ruling, parse_money(amount, deal.currency) if amount and ruling is Ruling.SPLIT else None


def _name(operators: dict[UUID, Operator], operator_id: UUID | None) -> str:
    return "" if operator_id is None else operators[operator_id].name


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


async def _done(_: AsyncSession, __: Any) -> Reply:
    return 200, {}


async def _run(request: Request, key: str, said: dict[str, str], work: Work) -> None:
    """Carries out an act once per form, with its signals."""
    services = _services(request)
    digest = fingerprint(services.settings.pepper_bytes, "POST", request.url.path, said)
    caller = f"operator/{request.state.operator_id}"
    await services.acts.run(caller, key, digest, work, store_refusals=False)
