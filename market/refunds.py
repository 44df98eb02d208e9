"""Refunds of released money: planned, clawed back from seller and commission, compared with the banks at the end."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.agreements import Party
from domain.errors import Conflict, Forbidden
from domain.money import Money
from domain.payments import CREDITS, PaymentState, Step, StepState, Taken
from domain.refunds import PAYER_CLOSED
from domain.terms import Cause
from edge.wire import utc_or_none
from market import verdicts
from market.actor import Actor, lock_visible_deal, only_oneself
from market.acts import Outcome
from market.closings import compare
from market.liquidity import lacking
from market.parties import as_shown, signals_about
from market.signals import Signal
from market.starts import Start, deal_given, link_to_deal, of_money, part_of_deal
from payloads.closing import BankSide
from payloads.payment import StepRef
from payloads.refund import ClawedBack, RefundOrder, RefundView
from store import clock
from store.deals.agreements import party_of
from store.deals.deals import Deal, deal_of, lock_deal
from store.deals.deals import record_event as record_deal_event
from store.mail.notices import put_notice
from store.payments import refunds
from store.payments.books import book_clawback
from store.payments.payables import owed_credits
from store.payments.payments import Payment, lock_payment, lock_with_deal, move, payment_of, record_event
from store.payments.refunds import (
    Refund,
    end_refund,
    is_final,
    lock_refund,
    newest_steps,
    plan_again,
    refund_of,
    refunds_of,
    refusal_of,
    retry_of,
    steps_of_refund,
    to_be_compared,
    worth_another_try,
)
from store.payments.steps import StepRow, resolve_step, step_of, steps_of
from store.people.users import user_of


async def request_refund(
    session: AsyncSession,
    actor: Actor,
    deal_id: UUID,
    seller_id: UUID | None,
    amount: Money | None,
    cause: Cause,
    reason: str,
    requested_by: str,
    events: int | None = None,
) -> Outcome[Refund]:
    """Plans a refund of `amount`, or of all that is left of the price.

    `seller_id` is the user who decides it, None when the marketplace or an operator does. `events` is how many events
    the deal had when a page was shown. Raises `NotFound` unknown_deal, unknown_user, `Forbidden` other_party,
    `Conflict` not_a_party, not_the_seller, page_outdated and those of `store.payments.refunds.request_refund`.
    """
    if actor.user_id is not None and seller_id is None:
        raise Forbidden("other_party", "A client can refund only what they received as the seller.")
    deal = await lock_visible_deal(session, actor, deal_id)
    as_shown(deal, events)
    if seller_id is not None:
        only_oneself(actor, seller_id, "user_id")
        user = await user_of(session, deal.marketplace_id, seller_id, "user_id")
        if party_of(deal, user) is not Party.SELLER:
            raise Conflict("not_the_seller", "Only the seller can refund what the seller received.", "user_id")
    refund = await refunds.request_refund(session, deal, amount, cause, reason, requested_by)
    return Outcome(refund, refund, (Signal(refund, deal),))


async def view_of(session: AsyncSession, refund_id: UUID) -> Outcome[RefundView]:
    """A refund's state and its next step, as its rows say."""
    await session.flush()
    refund = await refund_of(session, None, refund_id)
    deal = await deal_of(session, None, refund.deal_id)
    steps = newest_steps(await steps_of_refund(session, refund.id))
    others = [other for other in await refunds_of(session, deal.id) if not is_final(other)]
    payments = [await payment_of(session, None, payment_id) for payment_id in {row.payment_id for row in steps}]
    its_turn = all(other.number >= refund.number for other in others)
    retry_at = retry_of(steps)
    now = await clock.now(session, deal.id)
    view = RefundView(
        refund_id=str(refund.id),
        state=refund.state,
        steps=[
            StepRef(str(step.payment_id), step.name, step.number)
            for step in steps
            if its_turn and step.state == StepState.PLANNED
        ],
        retry_in_s=(retry_at - now).total_seconds() if retry_at else None,
        final=is_final(refund),
        flagged=refund.flagged_at is not None,
        retry_at=utc_or_none(retry_at),
        closing=to_be_compared(deal, refund, await refunds_of(session, deal.id)),
        refused=refusal_of(steps),
        lacking=[
            f"bank {bank_id}: {Money(minor, deal.currency)}" for bank_id, minor in lacking(steps, payments).items()
        ],
    )
    return Outcome(view, refund)


async def record_clawback(session: AsyncSession, ref: StepRef, answer: ClawedBack) -> Outcome[RefundView]:
    """Records the bank's final answer to a step of a refund in rows and books; the last one ends the refund.

    Then the deal decides, and the deal, the next refund and the payments that it ended are signalled.
    """
    deal, payment = await lock_with_deal(session, UUID(ref.payment_id))
    step = await step_of(session, payment.id, Step(ref.name), ref.number)
    assert step.refund_id is not None
    if step.state != StepState.PLANNED:
        return await view_of(session, step.refund_id)
    refund = await lock_refund(session, step.refund_id)
    resolve_step(step, operation=answer.operation, refused_code=answer.refused_code)
    if not answer.done:
        await session.flush()
        refund.flagged_at = refund.flagged_at or step.resolved_at
        deal.flagged_at = deal.flagged_at or step.resolved_at
        step.resolved_at = await clock.now(session, deal.id)  # the time that its next try is counted from
        record_deal_event(session, deal, "refund.flagged", number=refund.number, code=answer.refused_code)
        if answer.refused_code == PAYER_CLOSED:
            await _ask_for_account(session, deal, step)
        return await view_of(session, refund.id)
    step.fee_minor, step.from_owed_minor = answer.fee_minor, answer.from_owed_minor
    step.from_payee_minor, step.from_guarantee_minor = answer.from_payee_minor, answer.from_guarantee_minor
    step.from_commission_minor = answer.from_commission_minor
    if step.taken == Taken.KEPT:  # from the deal's account, where it is since the capture
        step.from_owed_minor = step.from_payee_minor = 0
    await book_clawback(session, deal, payment, step)
    record_event(session, payment, f"payment.{step.name}", number=step.number, done=True)
    await session.flush()
    ended = await _end_if_all_is_back(session, deal, refund)
    return await _finish_step(session, deal, refund, ended)


async def _finish_step(session: AsyncSession, deal: Deal, refund: Refund, ended: list[Payment]) -> Outcome[RefundView]:
    await session.flush()
    view = (await view_of(session, refund.id)).value
    if not view.final:
        return Outcome(view, refund)
    others = [other for other in await refunds_of(session, deal.id) if not is_final(other)]
    waiting: tuple[Signal, ...] = ()
    if deal.final_at is None:
        waiting = signals_about(deal, await verdicts.assess(session, deal))
    signals = (*(Signal(payment, deal) for payment in ended), *(Signal(other, deal) for other in others[:1]))
    return Outcome(view, refund, (*waiting, *signals))


async def try_clawback_again(session: AsyncSession, refund_id: UUID) -> Outcome[RefundView]:
    """Plans again, under new numbers, what the bank finally refused."""
    found = await refund_of(session, None, refund_id)
    await lock_deal(session, found.deal_id)
    for step in newest_steps(await steps_of_refund(session, found.id)):
        if worth_another_try(step):
            await plan_again(session, await lock_payment(session, step.payment_id), step)
    return await view_of(session, refund_id)


async def compare_again(session: AsyncSession, refund_id: UUID, side: BankSide) -> Outcome[RefundView]:
    """Compares the closing statement of an ended deal with its banks again, now that a refund has ended."""
    deal = await lock_deal(session, UUID(side.deal_id))
    closing = await compare(session, await verdicts.look(session, deal), side)
    seen = await view_of(session, refund_id)
    view = replace(seen.value, differences=closing.differences, overtaken=not closing.compared)
    return Outcome(view, seen.about)


async def _ask_for_account(session: AsyncSession, deal: Deal, step: StepRow) -> None:
    """Has the payer asked for another refund account, now that theirs is closed."""
    facts = {"deal_id": str(deal.id), "amount": str(Money(step.amount_minor, deal.currency))}
    await put_notice(session, deal.buyer_id, "refund.account_closed/buyer", f"closed/{step.key}", facts)


async def _end_if_all_is_back(session: AsyncSession, deal: Deal, row: Refund) -> list[Payment]:
    """Ends a refund with nothing left to do; returns the payments that it ends: nothing is owed or kept any more."""
    steps = newest_steps(await steps_of_refund(session, row.id))
    if any(step.state != StepState.DONE for step in steps):
        return []
    end_refund(session, deal, row)
    ended = []
    for payment_id in sorted({step.payment_id for step in steps}):
        payment = await lock_payment(session, payment_id)
        if payment.state == PaymentState.KEPT:
            move(session, payment, PaymentState.COMPLETED)
            ended.append(payment)
        elif payment.state == PaymentState.PAYABLE and not await owed_credits(session, payment_id):
            move(session, payment, await _end_of_payable(session, payment))
            ended.append(payment)
    return ended


async def _end_of_payable(session: AsyncSession, payment: Payment) -> PaymentState:
    """The end of a payment of which nothing is owed any more, and nothing was paid unless it was paid in two parts."""
    paid_out = [step for step in await steps_of(session, payment.id) if step.name in CREDITS]
    paid = any(step.state == StepState.DONE for step in paid_out)
    return PaymentState.COMPLETED if paid else PaymentState.REFUNDED


def start(namespace: str, deal: Deal | None, refund: Refund) -> Start:
    """How a refund's workflow starts (`market/nouns.py`)."""
    deal = deal_given(deal)
    order = RefundOrder(
        refund_id=str(refund.id),
        deal_id=str(deal.id),
        buyer_id=str(deal.buyer_id),
        seller_id=str(deal.seller_id),
        currency=deal.currency,
        amount=str(refund.amount(deal.currency)),
        cause=refund.cause,
    )
    deal_and_parties = (
        f"- {link_to_deal(namespace, order.deal_id)}\n- to the buyer `{order.buyer_id}`\n"
        f"- from the seller `{order.seller_id}`"
    )
    summary = f"Refund of {order.amount} ({order.cause}), for deal/{order.deal_id}"
    money = of_money(refund.amount(deal.currency), flagged=refund.flagged_at is not None)
    return Start(order, summary, deal_and_parties, {**part_of_deal(order), **money})
