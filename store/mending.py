"""Carrying repairs out: one transaction under the deal's lock, by the rules as they are then."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain import repairs as rules
from domain.agreements import AgreementState, Party, Subject, may_be_extended
from domain.deals import DealState
from domain.errors import Conflict, Malformed
from domain.keys import step_key
from domain.money import Money
from domain.payments import PaymentState, Step, StepState
from domain.repairs import RepairKind, RepairState
from domain.terms import Cause
from store import clock
from store.acceptances import accept
from store.agreements import Agreement
from store.deals import Deal, record_event
from store.payments import Payment, move
from store.refunds import request_refund
from store.repairs import Asked, Repair, end, note, propose, unresolved_step
from store.steps import StepRow, steps_of
from store.verdicts import inspecting, undo


async def request(
    session: AsyncSession, deal: Deal, payment: Payment | None, asked: Asked, operator_id: UUID, *, alone_up_to: int
) -> Repair:
    """Stores a repair of a locked deal, or of a locked payment, if the rules allow it as things stand.

    Raises `Malformed` missing_field, invalid_field, bad_deadline; `Conflict` not_awaited, already_forced,
    no_tombstone, not_stuck, payment_ended, deal_closed, deadline_passed, nothing_to_decide, nothing_released,
    wrong_currency, exceeds_refundable.
    """
    key, at_stake_minor = None, 0
    if asked.kind is RepairKind.EXTEND:
        await _may_extend(session, deal, asked)
    elif payment is None:
        at_stake_minor = await _may_decide(session, deal, asked)
    elif asked.kind is RepairKind.ASK:
        if payment.final_at is not None:
            raise Conflict("payment_ended", "Nothing of this payment is awaited any more.")
    elif asked.amount is not None or asked.kind is RepairKind.SPLIT:
        raise Malformed("invalid_field", "A payment is not divided: its deal is.", "payment_id")
    elif asked.kind is RepairKind.FORCE:
        if asked.step is None or asked.result is None:
            raise Malformed("missing_field", "Which step, and which result?", "result" if asked.step else "step")
        rules.may_force(asked.step.partition("/")[0], asked.result, asked.evidence)
        forced = await unresolved_step(session, payment, asked.step)
        key, at_stake_minor = forced.key, forced.amount_minor
    else:
        at_stake_minor = sum(step.amount_minor for step in await _refused(session, payment, asked.kind))
    repair = await propose(session, deal, payment, asked, at_stake_minor, key, operator_id, alone_up_to=alone_up_to)
    if payment is None:
        record_event(session, deal, "deal.repair_requested", repair=str(repair.id), kind=repair.kind)
    else:
        note(session, payment, repair, "requested")
    await session.flush()
    return repair


async def carry_out(session: AsyncSession, deal: Deal, payment: Payment | None, repair: Repair) -> list[UUID]:
    """Carries an approved, locked repair out; the payments that the deal has decided about by that, to be rung at.

    Raises `Refusal` when the rules do not allow it any more.
    """
    kind = RepairKind(repair.kind)
    decided: list[UUID] = []
    if kind is RepairKind.FORCE:
        repair.state = RepairState.STANDING
    elif kind is RepairKind.EXTEND:
        await _extend(session, deal, repair)
    elif kind is RepairKind.ASK:
        pass  # the bank is asked by whoever has the repair carried out
    elif payment is not None:
        await _again(session, payment, kind)
    else:
        carried_out, decided = await _decide(session, deal, repair)
        if not carried_out:
            return decided  # the seller is being paid, and what goes back comes after it
    if payment is not None:
        note(session, payment, repair, "carried_out")
    if kind is not RepairKind.FORCE:
        await end(session, repair, RepairState.DONE)
    await session.flush()
    return decided


async def _may_decide(session: AsyncSession, deal: Deal, asked: Asked) -> int:
    """What is at stake when an operator decides about a deal that is inspected, or gives back what the seller got."""
    if asked.kind not in (RepairKind.RELEASE, RepairKind.REFUND, RepairKind.SPLIT):
        raise Malformed("missing_field", "This is done to a payment.", "payment_id")
    if asked.amount is not None and asked.amount.currency != deal.currency:
        raise Conflict("wrong_currency", "The deal is in another currency.", "amount.currency")
    if asked.kind is RepairKind.SPLIT and asked.amount is None:
        raise Malformed("missing_field", "How much goes back to the buyer?", "amount")
    if asked.amount is not None and asked.amount.minor > deal.price_minor:
        raise Conflict("exceeds_refundable", "Refunds would exceed what was paid.", "amount")
    completed = deal.state == DealState.COMPLETED
    if not (inspecting(deal) or (completed and asked.kind is not RepairKind.RELEASE)):
        raise Conflict("nothing_to_decide", "Neither is this deal inspected, nor was its seller paid.")
    if inspecting(deal) and asked.kind is RepairKind.REFUND and asked.amount is not None:
        raise Conflict("nothing_released", "The seller was not paid: all of it goes back, or it is split.", "amount")
    return deal.price_minor if asked.amount is None else asked.amount.minor


async def _decide(session: AsyncSession, deal: Deal, repair: Repair) -> tuple[bool, list[UUID]]:
    """Decides about a deal; false while a split waits until the seller is paid. With the payments decided about."""
    kind = RepairKind(repair.kind)
    if inspecting(deal):
        if kind is RepairKind.REFUND:
            record_event(session, deal, "deal.repaired", repair=str(repair.id), kind=kind)
            return True, (await undo(session, deal.id)).decided
        accepted = await accept(session, deal, Party.BUYER)
        record_event(session, deal, "deal.repaired", repair=str(repair.id), kind=kind)
        return kind is RepairKind.RELEASE, accepted.decided
    if kind is RepairKind.SPLIT and deal.state == DealState.FUNDED:
        return False, []
    amount = Money(repair.amount_minor, deal.currency)
    await request_refund(session, deal, amount, Cause.DISPUTE, repair.reason, f"operator/{repair.requested_by}")
    record_event(session, deal, "deal.repaired", repair=str(repair.id), kind=kind)
    return True, []


async def _may_extend(session: AsyncSession, deal: Deal, asked: Asked) -> None:
    if asked.pay_by is None:
        raise Malformed("missing_field", "Until when?", "pay_by")
    if not asked.evidence:
        raise Malformed("missing_field", "How have both parties agreed?", "evidence")
    may_be_extended(DealState(deal.state), await clock.now(session, deal.id), deal.pay_by, asked.pay_by)


async def _extend(session: AsyncSession, deal: Deal, repair: Repair) -> None:
    assert repair.pay_by is not None
    may_be_extended(DealState(deal.state), await clock.now(session, deal.id), deal.pay_by, repair.pay_by)
    now = await clock.now(session, deal.id)
    session.add(
        Agreement(
            deal_id=deal.id,
            subject=Subject.EXTENSION,
            state=AgreementState.AGREED,
            proposed_by="operator",
            reason=repair.evidence,
            pay_by=repair.pay_by,
            proposed_at=now,
            resolved_at=now,
        )
    )
    before, deal.pay_by = deal.pay_by, repair.pay_by
    record_event(session, deal, "deal.extended", repair=str(repair.id), before=before.isoformat())


async def _refused(session: AsyncSession, payment: Payment, kind: RepairKind) -> list[StepRow]:
    """The steps of a payment that stands still: refused by a bank, and not planned again."""
    may = rules.may_release_payment if kind is RepairKind.RELEASE else rules.may_refund_payment
    may(PaymentState(payment.state))
    newest = {step.name: step for step in await steps_of(session, payment.id)}
    refused = [step for step in newest.values() if step.state == StepState.REFUSED]
    if not refused:
        raise Conflict("not_stuck", "No step of this payment was refused by a bank.")
    return refused


async def _again(session: AsyncSession, payment: Payment, kind: RepairKind) -> None:
    """Plans what the bank refused once more, under its next number: the cause has been seen to."""
    for step in await _refused(session, payment, kind):
        number = step.number + 1
        session.add(
            StepRow(
                payment_id=payment.id,
                position=step.position,
                name=step.name,
                number=number,
                key=step_key(str(payment.id), Step(step.name), number),
                amount_minor=step.amount_minor,
                account=step.account,
                state=StepState.PLANNED,
            )
        )
    if payment.state == PaymentState.OWED:
        move(session, payment, PaymentState.RELEASING)
