"""Bringing money into a wallet by a gateway: how to pay, what of it has arrived, and how it ended."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.sse import EventSourceResponse, ServerSentEvent
from markupsafe import Markup
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from domain.errors import NotFound, Refusal
from domain.gateways import GatewayData, GatewayId
from domain.incoming_transfers import IncomingState
from domain.top_ups import TopUpState
from edge.qr import qr_svg
from fronts.paging import PAGE_SIZE, page
from market import top_ups
from market.acts import Outcome
from pages.acts import done
from pages.amounts import Amount
from pages.forms import FieldRefusal, Form, simple
from pages.holds import Older
from pages.live import Look, Room, Seen, news
from pages.turns import act_in_turn, turns_taken
from pages.visit import Client, Known
from pages.wallet_view import currency_of, own_wallet_view
from pages.words import Live
from store import clock
from store.chain.incoming_transfers import incoming_of_top_up
from store.deals.deals import deal_of_party
from store.wallets.top_ups import TopUp, is_final, top_up_of, top_ups_of
from store.wallets.wallets import wallets_of
from texts.languages import message

router = APIRouter()

SHOWN_TRANSFERS: Final = 20
STATES: Final = {
    TopUpState.WAITING: message("Waiting for the money"),
    TopUpState.SEEN: message("Seen, not final yet"),
    TopUpState.CONFIRMED: message("Being checked"),
    TopUpState.PARTIALLY_RECEIVED: message("A part has arrived"),
    TopUpState.CREDITED: message("In the wallet"),
    TopUpState.OVERPAID: message("In the wallet: more than ordered"),
    TopUpState.UNDERPAID: message("In the wallet: less than ordered"),
    TopUpState.LATE: message("In the wallet: paid too late"),
    TopUpState.EXPIRED: message("Nothing came in time"),
    TopUpState.FAILED: message("Ended by us"),
}
TRANSFERS: Final = {
    IncomingState.CREDITED: message("In the wallet"),
    IncomingState.HELD_BACK: message("Being checked"),
    IncomingState.UNMATCHED: message("Being looked into"),
    IncomingState.ASSIGNED: message("In the wallet"),
    IncomingState.RETURNED: message("Sent back"),
    IncomingState.DISMISSED: message("Not confirmed: it did not arrive"),
}
GATEWAYS: Final = {
    GatewayId.USDT_TRON: message("USDT on TRON (TRC-20)"),
    GatewayId.BANK_TRANSFER: message("Bank transfer"),
}
BELOW: Final = message("The least that can be added this way is %(least)s.")
ABOVE: Final = message("The most that can be added at once this way is %(most)s.")


def _deal_id(typed: str) -> UUID | None:
    try:
        return UUID(typed) if typed else None
    except ValueError:
        raise NotFound("unknown_deal", "There is no such deal.") from None


class TopUpForm(Form):
    gateway: str
    amount: Amount
    deal: Annotated[UUID | None, simple(_deal_id)]
    number: str


@router.get("/my/wallets/{wallet_id}/top-ups")
async def wallet_top_ups(
    known: Client, wallet_id: UUID, after: Older = None, deal: Annotated[UUID | None, Query()] = None
) -> Response:
    """The newest first. `deal` is the one that the next top-up shall pay."""
    return await _all(known, wallet_id, {} if deal is None else {"deal": str(deal)}, after=after)


@router.post("/my/wallets/{wallet_id}/top-ups")
async def begin(known: Client, wallet_id: UUID) -> Response:
    """`number` is how many top-ups were ordered before: a form sent twice orders one."""
    fields, currency = await known.visit.form(*TopUpForm.names()), ""
    try:
        currency = await currency_of(known, wallet_id)
        typed = TopUpForm.read(fields, language=known.visit.language, currency=currency)

        async def begin_one(session: AsyncSession) -> Outcome[tuple[TopUp, GatewayData]]:
            gateway = known.visit.services.gateways.of(typed.gateway)
            return await top_ups.begin(session, known.visitor.actor, wallet_id, gateway, typed.amount, None, typed.deal)

        work = done(begin_one, lambda made: {"top_up_id": str(made[0].id)})
        answer = await act_in_turn(known, _turns(wallet_id), fields, work)
    except Refusal as refusal:
        return await _all(known, wallet_id, fields, _with_limits(known, fields, currency, refusal))
    return known.visit.to(f"/my/top-ups/{answer.body['top_up_id']}")


@router.get("/deals/{deal_id}/top-up")
async def for_a_deal(known: Client, deal_id: UUID) -> Response:
    """To the form of the buyer's wallet in the deal's currency, or to where they can open one."""
    async with known.visit.transaction() as session:
        deal = await deal_of_party(session, known.visitor.user_id, deal_id)
        own = await wallets_of(session, known.visitor.user_id)
    fitting = [wallet.id for wallet in own if wallet.currency == deal.currency]
    return known.visit.to(
        f"/my/wallets/{fitting[0]}/top-ups?deal={deal.id}" if fitting else f"/my/wallets?currency={deal.currency}"
    )


@router.get("/my/top-ups/{top_up_id}")
async def one_top_up(known: Client, top_up_id: UUID) -> Response:
    """How to pay, then what has arrived: one address for all stages of a top-up."""
    async with known.visit.transaction() as session:
        top_up = await _own(session, known, top_up_id)
        gateway = known.visit.services.gateways.get(top_up.gateway)
        data = None if gateway is None else await gateway.data(session, top_up)
        transfers = await incoming_of_top_up(session, top_up.id, SHOWN_TRANSFERS)
        now = await clock.now(session, top_up.id)
    uri = None if data is None else data.uri
    code = None if uri is None else Markup(qr_svg(uri))  # noqa: S704  # made of an address and an amount, typed by nobody
    near = top_up.state in (TopUpState.SEEN, TopUpState.CONFIRMED)
    return known.visit.page(
        "top_ups/top_up.html",
        top_up=top_up,
        final=is_final(top_up),
        state_text=STATES[TopUpState(top_up.state)],
        gateway_text=GATEWAYS[GatewayId(top_up.gateway)],
        data=data,
        code=code,
        transfers=transfers,
        transfer_states=TRANSFERS,
        over=now > top_up.pay_by,
        refusal=None,
        live=Live(f"/my/top-ups/{top_up.id}/live", _version(top_up), near),
    )


async def _look(known: Client, top_up_id: UUID) -> Look:
    async def look() -> str:
        async with known.visit.transaction() as session:
            return _version(await _own(session, known, top_up_id))

    await look()  # another user's top-up is refused before the stream begins
    return look


@router.get("/my/top-ups/{top_up_id}/live", response_class=EventSourceResponse, dependencies=[Room])
async def live(look: Annotated[Look, Depends(_look)], seen: Seen = "") -> AsyncIterator[ServerSentEvent]:
    async for event in news(look, seen):
        yield event


def _turns(wallet_id: UUID) -> str:
    return f"top-up/{wallet_id}"


async def _own(session: AsyncSession, known: Known, top_up_id: UUID) -> TopUp:
    return await top_up_of(session, known.visitor.marketplace_id, top_up_id, owner=known.visitor.user_id)


def _version(top_up: TopUp) -> str:
    return f"{top_up.state}-{top_up.received_minor}-{top_up.late_minor}-{top_up.seen_minor}"


def _with_limits(known: Known, fields: dict[str, str], currency: str, refusal: Refusal) -> Refusal:
    """A refusal of an amount beyond the gateway's limits, with the limit in figures; any other unchanged."""
    gateway = known.visit.services.gateways.get(fields["gateway"])
    limits = None if gateway is None else gateway.rules.limits_in(currency)
    if limits is not None and refusal.code == "below_minimum":
        return FieldRefusal.instead_of(refusal, BELOW, "amount", least=limits.minimum)
    if limits is not None and refusal.code == "above_maximum":
        return FieldRefusal.instead_of(refusal, ABOVE, "amount", most=limits.maximum)
    return refusal


async def _all(
    known: Known,
    wallet_id: UUID,
    fields: dict[str, str],
    refusal: Refusal | None = None,
    after: UUID | None = None,
) -> Response:
    async with known.visit.transaction() as session:
        wallet_view = await own_wallet_view(session, known, wallet_id)
        found = await top_ups_of(session, wallet_view.wallet.id, after, PAGE_SIZE + 1, until=None)
        number = await turns_taken(session, known, _turns(wallet_id))
    shown, last = page(found, PAGE_SIZE)
    currency = wallet_view.wallet.currency
    fitting = [one.rules for one in known.visit.services.gateways if one.rules.limits_in(currency) is not None]
    return known.visit.page(
        "top_ups/own.html",
        wallet_view=wallet_view,
        top_ups=shown,
        states=STATES,
        gateway_names=GATEWAYS,
        gateways=[(rules.id.value, known.visit.language.say(GATEWAYS[rules.id])) for rules in fitting],
        older=None if last is None else last.id,
        number=number,
        fields=fields,
        refusal=refusal,
        renamed={"deal_id": "deal", "amount.currency": "amount"},
    )
