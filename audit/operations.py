"""The operations at banks that the market's rows describe, compared with the banks' own."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from audit.looks import Difference
from bank.client import Call, Operation
from bank.refunds import Refund as BankRefund
from domain.money import Money
from domain.payments import CREDITS, FINAL, AttemptState, Step, StepState
from domain.wallets import is_wallet
from rails.bank_rail import clawbacks, crediting, opening
from store.deals.deals import Deal
from store.payments.codes import Attempt
from store.payments.events import Event
from store.payments.payments import Payment
from store.payments.refunds import Refund
from store.payments.steps import StepRow

KNOWN: Final = "bank_operations_are_known"
RECORDED: Final = "recorded_operations_exist"
AGREE: Final = "operations_agree"
STATUSES: Final = "operation_statuses_agree"


@dataclass(frozen=True, slots=True)
class PaymentFile:
    """A payment with its steps; `unresolved` while a bank owes the final answer to a code.

    `clawed_back` are the steps of refunds, `steps` all others.
    """

    payment: Payment
    steps: Sequence[StepRow]
    unresolved: bool
    clawed_back: Sequence[StepRow] = ()

    @property
    def pays_out(self) -> list[StepRow]:
        """Steps that are separate operations at the payee's bank."""
        return [step for step in self.steps if step.name in (*CREDITS, Step.COMMISSION)]

    def newest(self, name: Step) -> StepRow | None:
        return next((step for step in reversed(self.steps) if step.name == name), None)

    @property
    def captured(self) -> bool:
        step = self.newest(Step.CAPTURE)
        return step is not None and step.state == StepState.DONE

    @property
    def is_returned(self) -> bool:
        step = self.newest(Step.VOID)
        return step is not None and step.state == StepState.DONE


@dataclass(frozen=True, slots=True)
class DealFile:
    """A deal with its payments in one snapshot; `changed_at` is the time of their last event."""

    deal: Deal
    payments: Sequence[PaymentFile]
    changed_at: datetime
    refunds: Mapping[UUID, Refund] = field(default_factory=dict)

    @property
    def at_banks(self) -> list[PaymentFile]:
        """The payments from bank accounts; banks know nothing of the others."""
        return [payment for payment in self.payments if not payment.payment.from_wallet]

    def difference(self, check: str, detail: str) -> Difference:
        return Difference(check, str(self.deal.id), detail, self.changed_at)


async def read_files(session: AsyncSession, deal_ids: Collection[str] | None = None) -> list[DealFile]:
    """All deals, or those with `deal_ids`, with their payments, as the session's transaction sees them."""
    deals = select(Deal).order_by(Deal.id)
    payments = select(Payment).order_by(Payment.id)
    steps = select(StepRow).join(Payment, Payment.id == StepRow.payment_id).order_by(StepRow.position, StepRow.number)
    refunds = select(Refund)
    moved = select(Event.deal_id, func.max(Event.created_at)).group_by(Event.deal_id)
    if deal_ids is not None:
        deals = deals.where(Deal.id.in_(deal_ids))
        payments = payments.where(Payment.deal_id.in_(deal_ids))
        steps = steps.where(Payment.deal_id.in_(deal_ids))
        refunds = refunds.where(Refund.deal_id.in_(deal_ids))
        moved = moved.where(Event.deal_id.in_(deal_ids))
    of_payment: dict[UUID, list[StepRow]] = {}
    clawed_back: dict[UUID, list[StepRow]] = {}
    for step in await session.scalars(steps):
        (of_payment if step.refund_id is None else clawed_back).setdefault(step.payment_id, []).append(step)
    waiting = select(Attempt.payment_id).where(Attempt.state == AttemptState.UNRESOLVED)
    unresolved = set(await session.scalars(waiting))
    of_deal: dict[UUID, list[PaymentFile]] = {}
    for payment in await session.scalars(payments):
        kept, back = of_payment.get(payment.id, []), clawed_back.get(payment.id, [])
        file = PaymentFile(payment, kept, payment.id in unresolved, back)
        of_deal.setdefault(payment.deal_id, []).append(file)
    going_back: dict[UUID, dict[UUID, Refund]] = {}
    for refund in await session.scalars(refunds):
        going_back.setdefault(refund.deal_id, {})[refund.id] = refund
    last: dict[UUID, datetime] = {row[0]: row[1] for row in await session.execute(moved)}
    return [
        DealFile(deal, of_deal.get(deal.id, []), last.get(deal.id, deal.created_at), going_back.get(deal.id, {}))
        for deal in await session.scalars(deals)
    ]


def compare(file: DealFile, operations: dict[str, Operation]) -> Iterator[Difference]:
    """Differences between the operations that the rows name and the bank's, by key."""
    for payment in file.at_banks:
        row = payment.payment
        if row.operation is not None:
            yield from _compare_one(file, f"payment {row.id}", row.operation, operations, _of_payment(file, payment))
            found = operations.get(row.operation)
            wanted = _statuses(payment)
            if found is not None and found.status not in wanted:
                words = " or ".join(sorted(wanted))
                detail = f"payment {row.id} is {row.state}: operation {found.key} is {found.status}, not {words}"
                yield file.difference(STATUSES, detail)
        for step in payment.pays_out:
            if step.operation is not None:
                yield from _compare_one(
                    file, f"step {step.key}", step.operation, operations, _of_step(file, payment, step)
                )

        for step in payment.clawed_back:
            if step.operation is not None:
                wanted_back = _of_clawback(payment, step)
                yield from _compare_one(file, f"step {step.key}", step.operation, operations, wanted_back)


def _of_clawback(payment: PaymentFile, step: StepRow) -> dict[str, object]:
    return {
        "kind": "refund",
        "status": "success",
        "amount": Money(step.amount_minor, payment.payment.currency),
        "fee": Money(step.fee_minor or 0, payment.payment.currency),
        "payee_account": step.given_by or payment.payment.payer_account,
        "source": payment.payment.operation,
    }


def _compare_one(
    file: DealFile, what: str, key: str, operations: dict[str, Operation], wanted: dict[str, object]
) -> Iterator[Difference]:
    found = operations.get(key)
    if found is None:
        yield file.difference(RECORDED, f"{what}: the bank has no operation {key} for deal {file.deal.id}")
        return
    for name, value in wanted.items():
        said = getattr(found, name)
        if said != value:
            yield file.difference(AGREE, f"{what}: {name} of operation {key} is {said}, the rows say {value}")


def _of_payment(file: DealFile, payment: PaymentFile) -> dict[str, object]:
    row = payment.payment
    return {
        "kind": "debit",
        "amount": row.amount,
        "fee": row.fee,
        "payer_account": row.payer_account,
        "payee_account": row.payee_account,
        "source": None,
    }


def _of_step(file: DealFile, payment: PaymentFile, step: StepRow) -> dict[str, object]:
    return {
        "kind": "credit",
        "status": "success",
        "amount": Money(step.amount_minor, file.deal.currency),
        "fee": Money(0, file.deal.currency),
        "payee_account": payment.payment.payee_account if is_wallet(step.account or "") else step.account,
        "source": payment.payment.operation,
    }


def _statuses(file: PaymentFile) -> frozenset[str]:
    """What the bank may report: what is recorded, or one step further, if it is being asked for that."""
    held = "pause" if file.payment.taken else "created"
    for name, end in ((Step.CAPTURE, "success"), (Step.VOID, "void")):
        step = file.newest(name)
        if step is not None:
            ways = {StepState.DONE: {end}, StepState.PLANNED: {held, end}, StepState.REFUSED: {held}}
            return frozenset(ways[StepState(step.state)])
    return frozenset({"created", "pause"} if file.unresolved else {held})


def unanswered(file: DealFile) -> Iterator[tuple[str, bool, Call[Operation]]]:
    """Calls that a bank may have carried out without our knowledge: what, whether it may have, the call."""
    for payment in file.at_banks:
        row = payment.payment
        if row.operation is None:
            yield f"payment {row.id}", row.state not in FINAL, opening(file.deal, row)
        for step in payment.pays_out:
            if step.operation is None:
                yield f"step {step.key}", step.state == StepState.PLANNED, crediting(row, step)
        for step in payment.clawed_back:
            if step.operation is None and step.refund_id is not None:
                asked = clawbacks(row, step, file.refunds[step.refund_id], list(payment.steps))
                yield f"step {step.key}", step.state == StepState.PLANNED, _as_operation(asked)


def _as_operation(asked: Call[list[BankRefund]]) -> Call[Operation]:
    """The same call, reduced to the refund's own operation in the answer."""
    return Call(asked.key, asked.path, asked.body, lambda answer: asked.read(answer)[0].operation)
