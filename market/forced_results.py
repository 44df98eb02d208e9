"""The stages of an override: accepted or not, secured by a tombstone, carried out, compared with the bank's answer."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain import keys
from domain.errors import Refusal
from domain.money import Money
from domain.overrides import DEBIT, OverrideState, Result
from domain.payments import AttemptState, StepState
from market.acts import Outcome
from market.overrides import carry_out
from market.signals import Signal
from market.starts import Start, deal_given
from market.suspense import book_suspense
from payloads.override import OverrideOrder, OverrideView
from payloads.payment import BankAnswer
from store.deals.deals import Deal, lock_deal
from store.payments.codes import attempts_of
from store.payments.overrides import Override, end, lock_override, note, override_of, reject
from store.payments.payments import Payment, lock_payment, payments_of, record_event
from store.payments.refunds import is_final, refunds_of
from store.payments.steps import StepRow, steps_of


async def reject_untaken(session: AsyncSession, override_id: UUID, code: str) -> Outcome[OverrideView]:
    """Rejects an override that its workflow did not accept."""
    override, _, _ = await _lock(session, override_id)
    if override.state == OverrideState.APPROVED:
        await reject(session, override, code)
    return Outcome(view_of(override), override)


async def prepare_tombstone(session: AsyncSession, override_id: UUID) -> Outcome[OverrideView]:
    """Before the tombstone: a payment whose debit is done after all is returned and does not count."""
    override, _, payment = await _lock(session, override_id)
    if override.state == OverrideState.APPROVED and payment is not None:
        if await resolution(session, payment, override) is not None:
            await reject(session, override, "not_awaited")
        elif payment.cancel_requested_at is None:
            payment.cancel_requested_at = await session.scalar(select(func.clock_timestamp()))
    return Outcome(view_of(override), override)


async def apply(session: AsyncSession, override_id: UUID, tombstone: BankAnswer | None) -> Outcome[OverrideView]:
    """Carries an override out, after the bank's answer to its tombstone if it needs one.

    If the rules no longer allow it, or its tombstone is missing, it is rejected.
    """
    override, deal, payment = await _lock(session, override_id)
    if override.state != OverrideState.APPROVED:
        return Outcome(view_of(override), override)
    if tombstone is not None and not tombstone.done:
        await reject(session, override, tombstone.refused_code or "no_tombstone")
        return Outcome(view_of(override), override, await _concerned(session, deal, payment, []))
    if tombstone is not None:
        override.tombstone_at = await session.scalar(select(func.clock_timestamp()))
    decided: list[UUID] = []
    try:
        async with session.begin_nested():
            decided = await carry_out(session, deal, payment, override)
    except Refusal as refusal:
        for row in (override, deal, payment):  # what was written and rolled back is no longer loaded
            if row is not None:
                await session.refresh(row)
        await reject(session, override, refusal.code)
    return Outcome(view_of(override), override, await _concerned(session, deal, payment, decided))


async def record_answer(session: AsyncSession, override_id: UUID, answer: BankAnswer) -> Outcome[OverrideView]:
    """Compares the bank's own answer with the forced result; a difference goes to suspense."""
    override, deal, payment = await _lock(session, override_id)
    if override.state != OverrideState.IN_FORCE or payment is None:
        return Outcome(view_of(override), override)
    step = await forced_step(session, payment, override)
    agreed = answer.done == await resolution(session, payment, override)
    if agreed and step is not None and answer.done:
        step.operation = step.operation or answer.operation
    await end(session, override, OverrideState.DONE if agreed else OverrideState.CONTRADICTED)
    note(session, payment, override, "confirmed" if agreed else "contradicted", code=answer.refused_code)
    if not agreed:
        name = keys.payment_step_of_key(override.key or "") or DEBIT
        await book_suspense(session, deal, payment, override, name, step.account if step else None)
        payment.flagged_at = deal.flagged_at = override.final_at
        record_event(session, payment, "payment.flagged", step=name, code=answer.refused_code)
    return Outcome(view_of(override), override)


def view_of(override: Override) -> OverrideView:
    tombstone = override.result == Result.REFUSED and override.tombstone_at is None
    return OverrideView(str(override.id), override.state, tombstone)


async def forced_step(session: AsyncSession, payment: Payment, override: Override) -> StepRow | None:
    """The step whose result is forced; None for a debit."""
    return next((step for step in await steps_of(session, payment.id) if step.key == override.key), None)


async def resolution(session: AsyncSession, payment: Payment, override: Override) -> bool | None:
    """Whether the rows have the forced call as done (True) or refused (False); None while they have neither."""
    step = await forced_step(session, payment, override)
    if step is not None:
        return None if step.state == StepState.PLANNED else step.state == StepState.DONE
    for attempt in await attempts_of(session, payment.id):
        if keys.debit_key(str(payment.id), attempt.number) == override.key:
            return None if attempt.state == AttemptState.UNRESOLVED else attempt.state == AttemptState.HELD
    return None


async def _lock(session: AsyncSession, override_id: UUID) -> tuple[Override, Deal, Payment | None]:
    """Locks deal, payment and override, in this order."""
    override = await override_of(session, override_id)
    deal = await lock_deal(session, override.deal_id)
    payment = None if override.payment_id is None else await lock_payment(session, override.payment_id)
    return await lock_override(session, override_id), deal, payment


async def _concerned(
    session: AsyncSession, deal: Deal, payment: Payment | None, decided: list[UUID]
) -> tuple[Signal, ...]:
    """The deal, the override's payment, the payments that it decided about, and the refunds."""
    await session.flush()
    found = [Signal(deal)] if deal.final_at is None else []
    about = {*decided, *([] if payment is None else [payment.id])}
    found += [Signal(one, deal) for one in await payments_of(session, deal.id) if one.id in about]
    found += [Signal(refund, deal) for refund in await refunds_of(session, deal.id) if not is_final(refund)]
    return tuple(found)


def start(_: str, deal: Deal | None, override: Override) -> Start:
    """How an override's workflow starts (`market/nouns.py`)."""
    deal = deal_given(deal)
    order = order_of(deal, override)
    return Start(
        order,
        f"{order.kind}: {order.amount} at stake, for {target_of(override)}",
        f"- reason: {order.reason}\n- evidence: {order.evidence or 'none'}",
        {"DealId": order.deal_id, "Currency": deal.currency},
    )


def order_of(deal: Deal, override: Override) -> OverrideOrder:
    """The override as its workflow, and the workflow that it concerns, get it."""
    return OverrideOrder(
        override_id=str(override.id),
        deal_id=str(override.deal_id),
        payment_id=None if override.payment_id is None else str(override.payment_id),
        kind=override.kind,
        reason=override.reason,
        amount=str(Money(override.amount_minor, deal.currency)),
        requested_by=str(override.requested_by),
        approved_by=None if override.approved_by is None else str(override.approved_by),
        evidence=override.evidence,
        key=override.key,
        result=override.result,
        pay_by=None if override.pay_by is None else override.pay_by.isoformat(timespec="milliseconds"),
    )


def target_of(override: Override) -> str:
    """The id of the workflow that an override concerns."""
    if override.payment_id is None:
        return keys.deal_workflow(str(override.deal_id))
    return keys.payment_workflow(str(override.payment_id))
