"""A repair's activities: telling the workflow that it is about, the tombstone, carrying out, asking on."""

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
from domain.payments import AttemptState, Decision, Step, StepState
from domain.repairs import DEBIT, RepairKind, RepairState, Result
from edge.database import Database
from payloads.payment import BankAnswer
from payloads.repair import RepairAnswer, RepairRef, RepairRejected, RepairTold, RepairView
from store.codes import attempts_of
from store.deals import Deal, deal_of, lock_deal
from store.mending import carry_out
from store.payments import Payment, lock_payment, payment_of, record_event
from store.repairs import Repair, end, lock_repair, note, reject, repair_of
from store.steps import StepRow, steps_of, steps_taking_back
from store.suspense import book_suspense


class Teller(Protocol):
    """What tells workflows about repairs; `sagas.Sagas` in the product."""

    async def tell_repair(self, repair: Repair, deal: Deal, payment: Payment | None) -> RepairTold | None: ...

    async def ask_again(self, payment_id: UUID) -> bool: ...


class RepairActivities:
    def __init__(self, database: Database, bank: BankClient, teller: Teller) -> None:
        self._database = database
        self._bank = bank
        self._teller = teller

    @activity.defn
    async def look_at_repair(self, ref: RepairRef) -> RepairView:
        """Where the repair stands, as its row says."""
        async with self._database.transaction() as session:
            return _view(await repair_of(session, UUID(ref.repair_id)))

    @activity.defn
    async def tell_repair(self, ref: RepairRef) -> RepairTold:
        """Tells the workflow that the repair is about: an update, which it validates and keeps in its history."""
        async with self._database.transaction() as session:
            repair, deal, payment, _ = await _read(session, UUID(ref.repair_id))
        if payment is None and deal.final_at is not None:
            return RepairTold()  # its workflow has ended; the reason stays in the history of this one
        if payment is not None and repair.kind == RepairKind.REFUND and payment.decision == Decision.RELEASE:
            return RepairTold()  # it is about what goes back, which has a workflow of its own
        if payment is not None and payment.final_at is not None:
            return RepairTold("payment_ended")  # it came to its end by itself before it was told
        told = await self._teller.tell_repair(repair, deal, payment)
        if told is None:
            raise ApplicationError("not told yet", type="NotTold", category=ApplicationErrorCategory.BENIGN)
        return told

    @activity.defn
    async def prepare_tombstone(self, ref: RepairRef) -> RepairView:
        """Before the tombstone: a payment whose debit is done after all gives its money back and does not count."""

        async def work(session: AsyncSession) -> RepairView:
            repair, _, payment = await _lock(session, UUID(ref.repair_id))
            if repair.state != RepairState.APPROVED or payment is None:
                return _view(repair)
            if await _resolution(session, payment, repair) is not None:
                await reject(session, repair, "not_awaited")
            elif payment.cancel_requested_at is None:
                payment.cancel_requested_at = await session.scalar(select(func.clock_timestamp()))
            return _view(repair)

        return await self._database.run(work)

    @activity.defn
    async def ask_for_tombstone(self, ref: RepairRef) -> BankAnswer:
        """Has the payer's bank void the operation: from then on a debit of it is refused, whenever it comes."""
        async with self._database.transaction() as session:
            repair, _, payment, _ = await _read(session, UUID(ref.repair_id))
        assert payment is not None
        key = keys.tombstone_key(str(payment.id), str(repair.id))
        call = void(key, payment.operation or "", amount=payment.amount)
        return await operation_answer(self._bank, call, lambda: flag_payment(self._database, payment))

    @activity.defn
    async def carry_out_repair(self, answer: RepairAnswer) -> RepairView:
        """Carries the repair out; one that the rules do not allow any more, or without its tombstone, is rejected."""

        async def work(session: AsyncSession) -> RepairView:
            repair, deal, payment = await _lock(session, UUID(answer.repair_id))
            if repair.state != RepairState.APPROVED:
                return _view(repair)
            if answer.answer is not None and not answer.answer.done:
                await reject(session, repair, answer.answer.refused_code or "no_tombstone")
                return _view(repair)
            if answer.answer is not None:
                repair.tombstone_at = await session.scalar(select(func.clock_timestamp()))
            decided: list[UUID] = []
            try:
                async with session.begin_nested():
                    decided = await carry_out(session, deal, payment, repair)
            except Refusal as refusal:
                await session.refresh(repair)
                await reject(session, repair, refusal.code)
            refunds = await _refunds(session, repair, payment)
            return _view(repair, decided, refunds)

        return await self._database.run(work)

    @activity.defn
    async def reject_repair(self, rejected: RepairRejected) -> RepairView:
        """Writes down that the workflow did not take the repair."""

        async def work(session: AsyncSession) -> RepairView:
            repair, _, _ = await _lock(session, UUID(rejected.repair_id))
            if repair.state == RepairState.APPROVED:
                await reject(session, repair, rejected.code)
            return _view(repair)

        return await self._database.run(work)

    @activity.defn
    async def ask_again(self, ref: RepairRef) -> None:
        """Has the payment ask its bank now: what waits for its next turn is tried at once."""
        async with self._database.transaction() as session:
            repair = await repair_of(session, UUID(ref.repair_id))
        if repair.payment_id is not None:
            await self._teller.ask_again(repair.payment_id)

    @activity.defn
    async def ask_on(self, ref: RepairRef) -> BankAnswer:
        """The bank's own final answer to the call whose result was forced, however late. Nothing is sent again."""
        async with self._database.transaction() as session:
            repair, _, payment, step = await _read(session, UUID(ref.repair_id))
            assert payment is not None
            resolution = await _resolution(session, payment, repair)
        if resolution is not None and resolution != (repair.result == Result.DONE):
            return BankAnswer(done=resolution)  # the bank's own answer came first, and it is what counts

        async def ask() -> Answer[Operation] | KeyUnknown:
            if resolution is None:
                return Unknown("the payment has not taken the forced result yet")
            if repair.result == Result.REFUSED:
                return await self._what_holds(payment)
            return await self._bank.ask(_call(repair, payment, step))

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
    async def record_repair(self, answer: RepairAnswer) -> RepairView:
        """Compares the bank's answer with what was forced; if it differs the amount goes to suspense."""

        async def work(session: AsyncSession) -> RepairView:
            repair, deal, payment = await _lock(session, UUID(answer.repair_id))
            given = answer.answer
            if repair.state != RepairState.STANDING or payment is None or given is None:
                return _view(repair)
            step = await _step(session, payment, repair)
            agreed = given.done == await _resolution(session, payment, repair)
            if agreed and step is not None and given.done:
                step.operation = step.operation or given.operation
            await end(session, repair, RepairState.DONE if agreed else RepairState.CONTRADICTED)
            note(session, payment, repair, "confirmed" if agreed else "contradicted", code=given.refused_code)
            if not agreed:
                name = keys.payment_step_of_key(repair.key or "") or DEBIT
                await book_suspense(session, deal, payment, repair, name, step.account if step else None)
                payment.flagged_at = deal.flagged_at = repair.final_at
                record_event(session, payment, "payment.flagged", step=name, code=given.refused_code)
            return _view(repair)

        return await self._database.run(work)


def _call(repair: Repair, payment: Payment, step: StepRow | None) -> Call[Operation]:
    """The call whose result was forced, to be asked for by its key and never to be sent."""
    operation = payment.operation or ""
    if step is None:  # a debit whose code is wiped: to ask by its key takes none
        return debit_confirmed(repair.key or "", operation, amount=payment.amount)
    if step.name in (Step.CREDIT, Step.COMMISSION):
        return crediting(payment, step)
    return (capture if step.name == Step.CAPTURE else void)(step.key, operation, amount=payment.amount)


async def _read(session: AsyncSession, repair_id: UUID) -> tuple[Repair, Deal, Payment | None, StepRow | None]:
    repair = await repair_of(session, repair_id)
    deal = await deal_of(session, None, repair.deal_id)
    if repair.payment_id is None:
        return repair, deal, None, None
    payment = await payment_of(session, None, repair.payment_id)
    return repair, deal, payment, await _step(session, payment, repair)


async def _lock(session: AsyncSession, repair_id: UUID) -> tuple[Repair, Deal, Payment | None]:
    """Locks deal, payment and repair, in this order."""
    repair = await repair_of(session, repair_id)
    deal = await lock_deal(session, repair.deal_id)
    payment = None if repair.payment_id is None else await lock_payment(session, repair.payment_id)
    return await lock_repair(session, repair_id), deal, payment


async def _step(session: AsyncSession, payment: Payment, repair: Repair) -> StepRow | None:
    """The step whose result is forced; None for a debit."""
    return next((step for step in await steps_of(session, payment.id) if step.key == repair.key), None)


async def _resolution(session: AsyncSession, payment: Payment, repair: Repair) -> bool | None:
    """Whether the rows have the forced call as done (True) or refused (False); None while they have neither."""
    step = await _step(session, payment, repair)
    if step is not None:
        return None if step.state == StepState.PLANNED else step.state == StepState.DONE
    for attempt in await attempts_of(session, payment.id):
        if keys.debit_key(str(payment.id), attempt.number) == repair.key:
            return None if attempt.state == AttemptState.UNRESOLVED else attempt.state == AttemptState.HELD
    return None


async def _refunds(session: AsyncSession, repair: Repair, payment: Payment | None) -> set[UUID]:
    """Whom to ring at after a repair of what goes back of a payment."""
    if payment is None or repair.kind != RepairKind.REFUND or repair.state != RepairState.DONE:
        return set()
    steps = await steps_taking_back(session, payment.id)
    return {step.refund_id for step in steps if step.refund_id and step.state == StepState.PLANNED}


def _view(repair: Repair, decided: Sequence[UUID] = (), refunds: Collection[UUID] = ()) -> RepairView:
    tombstone = repair.result == Result.REFUSED and repair.tombstone_at is None
    told = [sorted(str(id_) for id_ in ids) for ids in (decided, refunds)]
    return RepairView(str(repair.id), repair.state, tombstone, *told)
