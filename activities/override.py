"""An override's activities: telling the workflow that it is about, the tombstone, carrying out, asking on."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.asking import only_ask, operation_answer
from activities.bank_rail import crediting
from activities.flags import flag_payment
from bank.client import (
    Answer,
    BankClient,
    Call,
    Done,
    KeyUnknown,
    Operation,
    Refused,
    capture,
    debit_confirmed,
    void,
)
from bank.errors import Unknown
from domain import keys
from domain.errors import Refusal
from domain.overrides import DEBIT, OverrideKind, OverrideState, Result
from domain.payments import AttemptState, Decision, Step, StepState
from edge.database import Database
from market.overrides import carry_out
from market.suspense import book_suspense
from payloads.override import OverrideAnswer, OverrideRef, OverrideRejected, OverrideTold, OverrideView
from payloads.payment import BankAnswer
from store.codes import attempts_of
from store.deals import Deal, deal_of, lock_deal
from store.overrides import Override, end, lock_override, note, override_of, reject
from store.payments import Payment, lock_payment, payment_of, record_event
from store.steps import StepRow, clawback_steps, steps_of


class Teller(Protocol):
    """What tells workflows about overrides; `sagas.Sagas` in the product."""

    async def tell_override(self, override: Override, deal: Deal, payment: Payment | None) -> OverrideTold | None: ...

    async def ask_again(self, payment_id: UUID) -> bool: ...


class OverrideActivities:
    def __init__(self, database: Database, bank: BankClient, teller: Teller) -> None:
        self._database = database
        self._bank = bank
        self._teller = teller

    @activity.defn
    async def look_at_override(self, ref: OverrideRef) -> OverrideView:
        """Where the override stands, as its row says."""
        async with self._database.transaction() as session:
            return _view(await override_of(session, UUID(ref.override_id)))

    @activity.defn
    async def tell_override(self, ref: OverrideRef) -> OverrideTold:
        """Tells the workflow that the override is about: an update, which it validates and keeps in its history."""
        async with self._database.transaction() as session:
            override, deal, payment, _ = await _read(session, UUID(ref.override_id))
        if payment is None and deal.final_at is not None:
            return OverrideTold()  # its workflow has ended; the reason stays in the history of this one
        if payment is not None and override.kind == OverrideKind.REFUND and payment.decision == Decision.RELEASE:
            return OverrideTold()  # it is about what goes back, which has a workflow of its own
        if payment is not None and payment.final_at is not None:
            return OverrideTold("payment_ended")  # it came to its end by itself before it was told
        told = await self._teller.tell_override(override, deal, payment)
        if told is None:
            raise ApplicationError("not told yet", type="NotTold", category=ApplicationErrorCategory.BENIGN)
        return told

    @activity.defn
    async def prepare_tombstone(self, ref: OverrideRef) -> OverrideView:
        """Before the tombstone: a payment whose debit is done after all gives its money back and does not count."""

        async def work(session: AsyncSession) -> OverrideView:
            override, _, payment = await _lock(session, UUID(ref.override_id))
            if override.state != OverrideState.APPROVED or payment is None:
                return _view(override)
            if await _resolution(session, payment, override) is not None:
                await reject(session, override, "not_awaited")
            elif payment.cancel_requested_at is None:
                payment.cancel_requested_at = await session.scalar(select(func.clock_timestamp()))
            return _view(override)

        return await self._database.run(work)

    @activity.defn
    async def ask_for_tombstone(self, ref: OverrideRef) -> BankAnswer:
        """Has the payer's bank void the operation: from then on a debit of it is refused, whenever it comes."""
        async with self._database.transaction() as session:
            override, _, payment, _ = await _read(session, UUID(ref.override_id))
        assert payment is not None
        key = keys.tombstone_key(str(payment.id), str(override.id))
        call = void(key, payment.operation or "", amount=payment.amount)
        return await operation_answer(self._bank, call, lambda: flag_payment(self._database, payment))

    @activity.defn
    async def apply_override(self, answer: OverrideAnswer) -> OverrideView:
        """Carries the override out; one that the rules do not allow any more, or without its tombstone, is rejected."""

        async def work(session: AsyncSession) -> OverrideView:
            override, deal, payment = await _lock(session, UUID(answer.override_id))
            if override.state != OverrideState.APPROVED:
                return _view(override)
            if answer.answer is not None and not answer.answer.done:
                await reject(session, override, answer.answer.refused_code or "no_tombstone")
                return _view(override)
            if answer.answer is not None:
                override.tombstone_at = await session.scalar(select(func.clock_timestamp()))
            decided: list[UUID] = []
            try:
                async with session.begin_nested():
                    decided = await carry_out(session, deal, payment, override)
            except Refusal as refusal:
                await session.refresh(override)
                await reject(session, override, refusal.code)
            refunds = await _refunds(session, override, payment)
            return _view(override, decided, refunds)

        return await self._database.run(work)

    @activity.defn
    async def reject_override(self, rejected: OverrideRejected) -> OverrideView:
        """Writes down that the workflow did not take the override."""

        async def work(session: AsyncSession) -> OverrideView:
            override, _, _ = await _lock(session, UUID(rejected.override_id))
            if override.state == OverrideState.APPROVED:
                await reject(session, override, rejected.code)
            return _view(override)

        return await self._database.run(work)

    @activity.defn
    async def ask_again(self, ref: OverrideRef) -> None:
        """Has the payment ask its bank now: what waits for its next turn is tried at once."""
        async with self._database.transaction() as session:
            override = await override_of(session, UUID(ref.override_id))
        if override.payment_id is not None:
            await self._teller.ask_again(override.payment_id)

    @activity.defn
    async def ask_on(self, ref: OverrideRef) -> BankAnswer:
        """The bank's own final answer to the call whose result was forced, however late. Nothing is sent again."""
        async with self._database.transaction() as session:
            override, _, payment, step = await _read(session, UUID(ref.override_id))
            assert payment is not None
            resolution = await _resolution(session, payment, override)
        if resolution is not None and resolution != (override.result == Result.DONE):
            return BankAnswer(done=resolution)  # the bank's own answer came first, and it is what counts

        async def ask() -> Answer[Operation] | KeyUnknown:
            if resolution is None:
                return Unknown("the payment has not taken the forced result yet")
            if override.result == Result.REFUSED:
                return await self._what_holds(payment)
            return await self._bank.ask(_call(override, payment, step))

        answer = await only_ask(ask, lambda: flag_payment(self._database, payment))
        if isinstance(answer, Refused):
            return BankAnswer(done=False, refused_code=answer.code)
        return BankAnswer(done=True, operation=answer.value.key)

    async def _what_holds(self, payment: Payment) -> Answer[Operation]:
        """After the tombstone it is the operation that tells: void, then nothing is held, whatever came before."""
        answer = await self._bank.operation(payment.operation or "")
        if not isinstance(answer, Done) or answer.value.status in ("pause", "success"):
            return answer
        if answer.value.status == "void":
            return Refused("operation_ended", "The operation is void.")
        return Unknown(f"the operation is {answer.value.status}")

    @activity.defn
    async def record_override(self, answer: OverrideAnswer) -> OverrideView:
        """Compares the bank's answer with what was forced; if it differs the amount goes to suspense."""

        async def work(session: AsyncSession) -> OverrideView:
            override, deal, payment = await _lock(session, UUID(answer.override_id))
            given = answer.answer
            if override.state != OverrideState.IN_FORCE or payment is None or given is None:
                return _view(override)
            step = await _step(session, payment, override)
            agreed = given.done == await _resolution(session, payment, override)
            if agreed and step is not None and given.done:
                step.operation = step.operation or given.operation
            await end(session, override, OverrideState.DONE if agreed else OverrideState.CONTRADICTED)
            note(session, payment, override, "confirmed" if agreed else "contradicted", code=given.refused_code)
            if not agreed:
                name = keys.payment_step_of_key(override.key or "") or DEBIT
                await book_suspense(session, deal, payment, override, name, step.account if step else None)
                payment.flagged_at = deal.flagged_at = override.final_at
                record_event(session, payment, "payment.flagged", step=name, code=given.refused_code)
            return _view(override)

        return await self._database.run(work)


def _call(override: Override, payment: Payment, step: StepRow | None) -> Call[Operation]:
    """The call whose result was forced, to be asked for by its key and never to be sent."""
    operation = payment.operation or ""
    if step is None:  # a debit whose code is wiped: to ask by its key takes none
        return debit_confirmed(override.key or "", operation, amount=payment.amount)
    if step.name in (Step.CREDIT, Step.COMMISSION):
        return crediting(payment, step)
    return (capture if step.name == Step.CAPTURE else void)(step.key, operation, amount=payment.amount)


async def _read(session: AsyncSession, override_id: UUID) -> tuple[Override, Deal, Payment | None, StepRow | None]:
    override = await override_of(session, override_id)
    deal = await deal_of(session, None, override.deal_id)
    if override.payment_id is None:
        return override, deal, None, None
    payment = await payment_of(session, None, override.payment_id)
    return override, deal, payment, await _step(session, payment, override)


async def _lock(session: AsyncSession, override_id: UUID) -> tuple[Override, Deal, Payment | None]:
    """Locks deal, payment and override, in this order."""
    override = await override_of(session, override_id)
    deal = await lock_deal(session, override.deal_id)
    payment = None if override.payment_id is None else await lock_payment(session, override.payment_id)
    return await lock_override(session, override_id), deal, payment


async def _step(session: AsyncSession, payment: Payment, override: Override) -> StepRow | None:
    """The step whose result is forced; None for a debit."""
    return next((step for step in await steps_of(session, payment.id) if step.key == override.key), None)


async def _resolution(session: AsyncSession, payment: Payment, override: Override) -> bool | None:
    """Whether the rows have the forced call as done (True) or refused (False); None while they have neither."""
    step = await _step(session, payment, override)
    if step is not None:
        return None if step.state == StepState.PLANNED else step.state == StepState.DONE
    for attempt in await attempts_of(session, payment.id):
        if keys.debit_key(str(payment.id), attempt.number) == override.key:
            return None if attempt.state == AttemptState.UNRESOLVED else attempt.state == AttemptState.HELD
    return None


async def _refunds(session: AsyncSession, override: Override, payment: Payment | None) -> set[UUID]:
    """Whom to signal after an override of what goes back of a payment."""
    if payment is None or override.kind != OverrideKind.REFUND or override.state != OverrideState.DONE:
        return set()
    steps = await clawback_steps(session, payment.id)
    return {step.refund_id for step in steps if step.refund_id and step.state == StepState.PLANNED}


def _view(override: Override, decided: Sequence[UUID] = (), refunds: Collection[UUID] = ()) -> OverrideView:
    tombstone = override.result == Result.REFUSED and override.tombstone_at is None
    told = [sorted(str(id_) for id_ in ids) for ids in (decided, refunds)]
    return OverrideView(str(override.id), override.state, tombstone, *told)
