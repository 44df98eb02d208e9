"""A deal from purchase to end: bought, assessed, closed to new money, ended once books and banks agree."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import quote
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.agreements import Party
from domain.closing import division, under_way
from domain.deals import FINAL, OPEN, CloseReason, DealState
from domain.disputes import other
from domain.money import Money
from domain.payments import FINAL as PAYMENT_FINAL
from domain.payments import PaymentState
from market import verdicts
from market.actor import Actor, marketplace_of, only_oneself, outdated
from market.acts import Outcome
from market.closings import compare
from market.parties import signals_about
from market.signals import Signal
from market.starts import Start, of_money, readable
from market.verdicts import Assessment, inspecting
from payloads.closing import BankSide
from payloads.deal import DealOrder, DealView
from store.deals import buying
from store.deals.deals import Deal, lock_deal, purchases
from store.payments.payments import Payment
from store.people.users import user_of

MAX_NAMED = 5  # of the payments whose money moves: each is shown itself, and a deal may have a hundred


@dataclass(frozen=True, slots=True)
class Shown:
    """What the buyer was shown, as far as the front knows it: the offer's version, its price, and how many deals about
    it they had begun. The purchase is refused if this has changed.
    """

    version: int | None = None
    price: Money | None = None
    purchases: int | None = None


async def buy(
    session: AsyncSession, actor: Actor, offer_id: UUID, buyer_id: UUID, shown: Shown | None = None
) -> Outcome[Deal]:
    """Buys one unit of an approved offer; the deal awaits payment until `pay_by`.

    Raises `NotFound` unknown_user, unknown_offer, `Conflict` page_outdated and those of `store.deals.buying.buy`.
    """
    only_oneself(actor, buyer_id, "buyer_id")
    shown = shown or Shown()
    counted = shown.purchases is not None
    buyer = await user_of(session, actor.marketplace_id, buyer_id, "buyer_id", lock=counted)
    if counted and await purchases(session, buyer.id, offer_id) != shown.purchases:
        raise outdated()
    deal = await buying.buy(
        session,
        marketplace_of(actor),
        offer_id=offer_id,
        buyer=buyer,
        version=shown.version,
        price=shown.price,
        client=None if counted else actor.user_id,  # an offer that no page has shown them stays unknown
    )
    return Outcome(deal, deal, (Signal(deal, new=True),))


async def assess(session: AsyncSession, deal_id: UUID, shown_pay_by: str | None = None) -> Outcome[DealView]:
    """Moves a deal as far as its rows allow. If its deadline is not `shown_pay_by`, its payments must show it too."""
    assessed = await verdicts.assess(session, await lock_deal(session, deal_id))
    waiting: tuple[Signal, ...] = ()
    if shown_pay_by not in (None, _time(assessed.deal.pay_by)):
        waiting = tuple(Signal(payment, assessed.deal) for payment in assessed.payments if _can_be_paid(payment))
    outcome = _outcome(assessed)
    return Outcome(outcome.value, outcome.about, (*outcome.signals, *waiting))


async def close(session: AsyncSession, deal_id: UUID, reason: CloseReason) -> Outcome[DealView]:
    """Closes a deal to new money, unless by the database's clock there is still time to pay, or to answer."""
    return _outcome(await verdicts.close(session, await lock_deal(session, deal_id), reason))


async def end(session: AsyncSession, side: BankSide) -> Outcome[DealView]:
    """Ends a deal whose money no longer moves when its closing statement balances; assesses any other."""
    assessed = await verdicts.assess(session, await lock_deal(session, UUID(side.deal_id)))
    if not assessed.closing:
        return _outcome(assessed)
    closing = await compare(session, assessed, side)
    await verdicts.advance(session, assessed)
    outcome = _outcome(assessed)
    return Outcome(replace(outcome.value, differences=closing.differences), assessed.deal, outcome.signals)


def _outcome(assessed: Assessment) -> Outcome[DealView]:
    deal = assessed.deal
    others = (signal for signal in signals_about(deal, assessed) if signal.about is not deal)
    return Outcome(_view(assessed), deal, tuple(others))


def _view(assessed: Assessment) -> DealView:
    deal, dispute = assessed.deal, assessed.dispute
    due_by = None if dispute is None else dispute.times.until
    return DealView(
        deal_id=str(deal.id),
        state=deal.state,
        verdict=deal.verdict,
        wait_s=assessed.wait_s,
        held=str(Money(assessed.held_minor, deal.currency)),
        price=str(deal.price),
        pay_by=_time(deal.pay_by),
        unresolved=[str(payment_id) for payment_id in assessed.unresolved],
        unfinished=[
            str(payment.id)
            for payment in assessed.payments
            if payment.decision and payment.state not in PAYMENT_FINAL and not _rests(payment, deal)
        ][:MAX_NAMED],
        open=deal.state in OPEN,
        final=deal.state in FINAL,
        flagged=deal.flagged_at is not None,
        closing=assessed.closing,
        inspect_by=_time(deal.inspect_by) if deal.inspect_by and inspecting(deal) else None,
        answer_by=_answer_by(deal),
        clawbacks=[str(refund.id) for refund in assessed.clawbacks],
        dispute=None if dispute is None else dispute.times.awaited,
        answers=None if dispute is None else other(Party(dispute.opened_by)),
        due_by=None if due_by is None else _time(due_by),
        money=_money(assessed),
    )


def _money(assessed: Assessment) -> list[str]:
    """Who has the money of a deal that has ended; before, at which bank it is."""
    if assessed.totals is not None and assessed.deal.state in FINAL:
        return division(assessed.totals, assessed.deal.currency)
    return under_way(
        (payment.state, payment.payer_bank, _in_hand(payment)) for payment in assessed.payments if payment.taken
    )


def _in_hand(payment: Payment) -> Money:
    """What a payment took, or what is kept of it beside the undisputed part that was paid out."""
    if payment.state == PaymentState.KEPT:
        return Money(payment.amount_minor - (payment.undisputed_minor or 0), payment.currency)
    return payment.total


def _rests(payment: Payment, deal: Deal) -> bool:
    """Whether what is kept of a payment waits for the decision about its deal."""
    return payment.state == PaymentState.KEPT and deal.released_at is None


def _can_be_paid(payment: Payment) -> bool:
    return payment.decision is None and payment.state not in (*PAYMENT_FINAL, PaymentState.HELD)


def _answer_by(deal: Deal) -> str | None:
    return _time(deal.answer_by) if deal.answer_by and deal.state == DealState.PROPOSED else None


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")


def start(namespace: str, _: Deal | None, deal: Deal) -> Start:
    """How a deal's workflow starts (`market/nouns.py`)."""
    order = DealOrder(
        deal_id=str(deal.id),
        buyer_id=str(deal.buyer_id),
        seller_id=str(deal.seller_id),
        currency=deal.currency,
        price=str(deal.price),
        pay_by=_time(deal.pay_by),
        fresh=deal.events == 1 and deal.redriven_at is None,
        answer_by=_answer_by(deal),
    )
    return Start(
        order,
        _summary(deal),
        details(namespace, order, deal),
        {
            "DealId": order.deal_id,
            **({} if deal.contract_id is None else {"ContractId": str(deal.contract_id)}),
            "BuyerId": order.buyer_id,
            "SellerId": order.seller_id,
            **of_money(deal.price, deal.payee_bank, flagged=deal.flagged_at is not None),
            "PayBy": deal.pay_by,
            "DealState": deal.state,
        },
    )


def _summary(deal: Deal) -> str:
    what = "Service" if deal.is_service else "Purchase"
    if deal.milestone is not None:
        what = f"Milestone {deal.milestone} of contract {deal.contract_id}: service"
    if deal.answer_by is not None and deal.state == DealState.PROPOSED:
        return f"{what} for {deal.price}, to be answered by {readable(deal.answer_by)}"
    return f"{what} for {deal.price}, to be paid by {readable(deal.pay_by)}"


def details(namespace: str, order: DealOrder, deal: Deal) -> str:
    """Markdown for the static details of a deal's workflow: parties and goods, links to its payments and contract."""
    contract = [
        f"- milestone {deal.milestone} of contract `{deal.contract_id}`",
        f"- [All milestones of the contract]({_found(namespace, 'ContractId', str(deal.contract_id))})",
    ]
    return "\n".join(
        [
            f"- [This deal and its payments]({_found(namespace, 'DealId', order.deal_id)})",
            *([] if deal.contract_id is None else contract),
            *([] if deal.offer_id is None else [f"- offer `{deal.offer_id}`"]),
            f"- buyer `{order.buyer_id}`",
            f"- seller `{order.seller_id}`",
        ]
    )


def _found(namespace: str, attribute: str, value: str) -> str:
    """The address, in the Temporal UI, of the workflows with this search attribute."""
    query = quote(f'`{attribute}`="{value}"', safe="")
    return f"namespaces/{quote(namespace, safe='')}/workflows?query={query}"
