"""Carrying out overrides: one transaction under the deal's lock, by the rules at that moment."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain import overrides as rules
from domain.agreements import AgreementState, Subject, may_be_extended
from domain.deals import PAID_OUT, DealState
from domain.disputes import DisputeState, may_decide, must_be_arbiter
from domain.errors import Conflict, Malformed
from domain.keys import step_key
from domain.money import Money
from domain.overrides import OverrideKind, OverrideState
from domain.payments import PaymentState, Step, StepState
from domain.refunds import may_refund
from domain.terms import Cause
from market.acts import Outcome
from market.disputes import divide
from market.signals import Signal
from market.verdicts import undecided
from store import clock
from store.banks.accounts import payout_account
from store.deals.agreements import Agreement
from store.deals.deals import Deal, lock_deal, record_event
from store.deals.disputes import Dispute, note_times, open_dispute
from store.payments.overrides import (
    Asked,
    Override,
    decide,
    end,
    lock_override,
    note,
    override_of,
    pending_decision,
    propose,
    unresolved_step,
)
from store.payments.payables import name_payout_account, owed_credits
from store.payments.payments import Payment, lock_with_deal
from store.payments.refunds import plan_again, refundable, refunds_of, refused_clawbacks, request_refund
from store.payments.steps import StepRow, steps_of
from store.people.operators import arbiter_still, operator_of


@dataclass(frozen=True, slots=True)
class Requested:
    """An override and the deal that it is about."""

    override: Override
    deal: Deal


async def ask(
    session: AsyncSession,
    operator_id: UUID,
    deal_id: UUID | None,
    payment_id: UUID | None,
    asked: Asked,
    *,
    alone_up_to: int,
) -> Outcome[Requested]:
    """An operator overrides a deal, or a payment if one is named.

    If more than `alone_up_to`, in minor units, is at stake, it awaits a second person. Raises `NotFound` unknown_deal,
    unknown_payment, and as `request`.
    """
    payment = None
    if payment_id is not None:
        deal, payment = await lock_with_deal(session, payment_id)
    else:
        assert deal_id is not None
        deal = await lock_deal(session, deal_id)
    override = await request(session, deal, payment, asked, operator_id, alone_up_to=alone_up_to)
    return await _requested(session, deal, override)


async def approve(session: AsyncSession, operator_id: UUID, override_id: UUID, *, yes: bool) -> Outcome[Requested]:
    """The second person's decision. Raises `NotFound` unknown_override, and as `store.payments.overrides.decide`."""
    deal = await lock_deal(session, (await override_of(session, override_id)).deal_id)
    override = await lock_override(session, override_id)
    await decide(session, override, await operator_of(session, operator_id), approve=yes)
    return await _requested(session, deal, override)


async def _requested(session: AsyncSession, deal: Deal, override: Override) -> Outcome[Requested]:
    await session.flush()
    await session.refresh(override)
    signals = (Signal(override, deal),) if override.state == OverrideState.APPROVED else ()
    return Outcome(Requested(override, deal), override, signals)


async def request(
    session: AsyncSession, deal: Deal, payment: Payment | None, asked: Asked, operator_id: UUID, *, alone_up_to: int
) -> Override:
    """Stores an override of a locked deal, or of a locked payment, if the rules now allow it.

    Raises `Malformed` missing_field, invalid_field, bad_deadline; `Conflict` not_awaited, already_forced,
    no_tombstone, not_stuck, payment_ended, deal_closed, deadline_passed, nothing_to_decide, nothing_released,
    nothing_to_split, wrong_currency, exceeds_refundable, answer_awaited, dispute_taken, decision_pending; `Forbidden`
    role_missing, second_arbiter_needed.
    """
    key, at_stake_minor = None, 0
    dispute = None
    if asked.kind is OverrideKind.EXTEND:
        await _may_extend(session, deal, asked)
    elif payment is None:
        at_stake_minor = await _may_decide(session, deal, asked)
        dispute = await _taken(session, deal, operator_id)
    elif asked.kind is OverrideKind.ASK:
        if payment.final_at is not None:
            raise Conflict("payment_ended", "Nothing of this payment is awaited any more.")
    elif asked.amount is not None or asked.kind is OverrideKind.SPLIT:
        raise Malformed("invalid_field", "A payment is not divided: its deal is.", "payment_id")
    elif asked.kind is OverrideKind.FORCE:
        if asked.step is None or asked.result is None:
            raise Malformed("missing_field", "Which step, and which result?", "result" if asked.step else "step")
        rules.may_force(asked.step.partition("/")[0], asked.result, asked.evidence)
        forced = await unresolved_step(session, payment, asked.step)
        key, at_stake_minor = forced.key, forced.amount_minor
    else:
        at_stake_minor = sum(step.amount_minor for step in await _refused(session, payment, asked.kind))
    override = await propose(
        session, deal, payment, asked, at_stake_minor, key, operator_id, dispute=dispute, alone_up_to=alone_up_to
    )
    if payment is None:
        record_event(session, deal, "deal.override_requested", override=str(override.id), kind=override.kind)
    else:
        note(session, payment, override, "requested")
    await session.flush()
    return override


async def carry_out(session: AsyncSession, deal: Deal, payment: Payment | None, override: Override) -> list[UUID]:
    """Carries out an approved, locked override; returns the payments decided about, to be signalled.

    Raises `Refusal` when the rules no longer allow it.
    """
    kind = OverrideKind(override.kind)
    decided: list[UUID] = []
    if kind is OverrideKind.FORCE:
        override.state = OverrideState.IN_FORCE
    elif kind is OverrideKind.EXTEND:
        await _extend(session, deal, override)
    elif kind is OverrideKind.ASK:
        pass  # the activity that carries the override out asks the bank
    elif payment is not None:
        await _again(session, deal, payment, kind)
    else:
        decided = await _decide(session, deal, override)
    if payment is not None:
        note(session, payment, override, "carried_out")
    if kind is not OverrideKind.FORCE:
        await end(session, override, OverrideState.DONE)
    await session.flush()
    return decided


async def _may_decide(session: AsyncSession, deal: Deal, asked: Asked) -> int:
    """The amount at stake when an operator decides an inspection, or refunds what the seller received."""
    if asked.kind not in (OverrideKind.RELEASE, OverrideKind.REFUND, OverrideKind.SPLIT):
        raise Malformed("missing_field", "This is done to a payment.", "payment_id")
    if asked.amount is not None and asked.amount.currency != deal.currency:
        raise Conflict("wrong_currency", "The deal is in another currency.", "amount.currency")
    if asked.kind is OverrideKind.SPLIT and asked.amount is None:
        raise Malformed("missing_field", "How much goes back to the buyer?", "amount")
    most = deal.disputed if undecided(deal) else deal.price
    if asked.amount is not None and asked.amount.minor > most.minor:
        raise Conflict("exceeds_refundable", f"At most {most.amount} can go back to the buyer.", "amount")
    if deal.state in PAID_OUT and asked.kind is OverrideKind.RELEASE:
        raise Conflict("nothing_to_decide", "The seller of this deal has been paid already.")
    if not undecided(deal) and deal.state not in PAID_OUT:
        raise Conflict("nothing_to_decide", "Neither is this deal inspected or disputed, nor was its seller paid.")
    if undecided(deal) and asked.kind is OverrideKind.REFUND and asked.amount is not None:
        raise Conflict("nothing_released", "The seller was not paid: all of it goes back, or it is split.", "amount")
    if undecided(deal) and asked.amount is not None and asked.amount == most:
        raise Conflict("nothing_to_split", "Nothing of it would be left to the seller: decide for the buyer.", "amount")
    if undecided(deal):
        return most.minor if asked.amount is None else asked.amount.minor
    earlier = await refunds_of(session, deal.id)
    left = refundable(deal, earlier)
    amount_minor = left.minor if asked.amount is None else asked.amount.minor
    may_refund(amount_minor, left.minor, len(earlier))
    return amount_minor


async def _taken(session: AsyncSession, deal: Deal, operator_id: UUID) -> Dispute | None:
    """The open dispute about a locked deal, if there is one. The operator takes it; raises unless they may decide."""
    dispute = await open_dispute(session, deal.id)
    if dispute is None:
        return None
    must_be_arbiter(arbiter=(await operator_of(session, operator_id)).arbiter)
    now = await clock.now(session, deal.id)
    await note_times(session, deal, dispute, now)
    assigned = await arbiter_still(session, dispute.arbiter_id)
    may_decide(dispute.times, now, operator_id, assigned, dispute.replaced_id)
    if await pending_decision(session, dispute.id) is not None:
        raise Conflict("decision_pending", "A decision of this dispute awaits approval, or is being carried out.")
    dispute.arbiter_id = operator_id
    return dispute


async def _decide(session: AsyncSession, deal: Deal, override: Override) -> list[UUID]:
    """Decides about a deal, including its dispute; returns the payments decided about."""
    kind = OverrideKind(override.kind)
    dispute = await open_dispute(session, deal.id)
    if override.dispute_id != (None if dispute is None else dispute.id):
        raise Conflict("decision_outdated", "Since this was asked for, the dispute has ended, or one was opened.")
    if kind is OverrideKind.RELEASE and not undecided(deal):
        raise Conflict("nothing_to_decide", "The seller is paid already.")
    back_minor = 0 if kind is OverrideKind.RELEASE else override.amount_minor
    if undecided(deal) and back_minor > deal.disputed.minor:
        raise Conflict("decision_outdated", "Since this was asked for, a part was paid to the seller.")
    record_event(session, deal, "deal.overridden", override=str(override.id), kind=kind)
    if not undecided(deal):
        amount = Money(override.amount_minor, deal.currency)
        await request_refund(session, deal, amount, Cause.DISPUTE, override.reason, f"operator/{override.requested_by}")
        return []
    return list((await divide(session, deal, DisputeState.DECIDED, back_minor)).steps)


async def _may_extend(session: AsyncSession, deal: Deal, asked: Asked) -> None:
    if asked.pay_by is None:
        raise Malformed("missing_field", "Until when?", "pay_by")
    if not asked.evidence:
        raise Malformed("missing_field", "How have both parties agreed?", "evidence")
    may_be_extended(DealState(deal.state), await clock.now(session, deal.id), deal.pay_by, asked.pay_by)


async def _extend(session: AsyncSession, deal: Deal, override: Override) -> None:
    assert override.pay_by is not None
    may_be_extended(DealState(deal.state), await clock.now(session, deal.id), deal.pay_by, override.pay_by)
    now = await clock.now(session, deal.id)
    session.add(
        Agreement(
            deal_id=deal.id,
            subject=Subject.EXTENSION,
            state=AgreementState.AGREED,
            proposed_by="operator",
            reason=override.evidence,
            pay_by=override.pay_by,
            proposed_at=now,
            resolved_at=now,
        )
    )
    before, deal.pay_by = deal.pay_by, override.pay_by
    record_event(session, deal, "deal.extended", override=str(override.id), before=before.isoformat())


async def _refused(session: AsyncSession, payment: Payment, kind: OverrideKind) -> list[StepRow]:
    """The steps of a stuck payment: refused by a bank, and not planned again."""
    if kind is OverrideKind.REFUND and (refused := await refused_clawbacks(session, payment.id)):
        return refused
    may = rules.may_release_payment if kind is OverrideKind.RELEASE else rules.may_refund_payment
    may(PaymentState(payment.state))
    newest = {step.name: step for step in await steps_of(session, payment.id)}
    refused = [step for step in newest.values() if step.state == StepState.REFUSED]
    if not refused:
        raise Conflict("not_stuck", "No step of this payment was refused by a bank.")
    return refused


async def _again(session: AsyncSession, deal: Deal, payment: Payment, kind: OverrideKind) -> None:
    """Plans again, under its next number, what the bank refused, because the cause has been removed.

    A payable goes to the account that the seller now names for payouts.
    """
    if payment.state == PaymentState.PAYABLE and kind is OverrideKind.RELEASE:
        refused = await owed_credits(session, payment.id)
        account = await payout_account(session, deal.seller_id, deal.currency)
        await name_payout_account(session, payment, account.number if account else refused[0].account or "")
        return
    for step in await _refused(session, payment, kind):
        if step.refund_id is not None:
            await plan_again(session, payment, step)
            continue
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
