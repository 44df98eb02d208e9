"""The bank as a rail: the payer's bank confirms, holds, captures, voids and refunds; the seller's bank credits."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from bank.banks import Banks
from bank.client import (
    Call,
    Operation,
    Refused,
    capture,
    credit,
    debit,
    open_operation,
    refund,
    request_code,
    void,
)
from bank.refunds import Refund as BankRefund
from domain.keys import code_key, debit_key, operation_key
from domain.money import Money
from domain.payments import Step, StepState, Taken
from domain.terms import FeeBearer
from domain.wallets import is_wallet
from edge.database import Database
from market.flags import defer_payment, flag_payment, flag_refund
from payloads.payment import BankAnswer
from payloads.refund import ClawedBack
from rails.asking import Delay, answer_or_delay, final_answer, operation_answer
from store.deals.deals import Deal
from store.payments.codes import Attempt
from store.payments.payments import Payment
from store.payments.refunds import Refund
from store.payments.steps import StepRow


class BankRail:
    """Unknown is not failed: the bank is asked by our key for as long as it takes, see `rails/asking.py`.

    All calls of a payment go to the client program of the payer's bank, which credits the payee too.
    """

    def __init__(self, database: Database, banks: Banks) -> None:
        self._database = database
        self._banks = banks

    async def open_operation(self, deal: Deal, payment: Payment) -> BankAnswer:
        return await self._answer(payment, opening(deal, payment))

    async def request_code(self, payment: Payment, operation: str, number: int) -> BankAnswer:
        call = request_code(code_key(str(payment.id), number), operation)
        bank = await self._banks.of(payment.payer_bank)
        answer = await answer_or_delay(bank, call, lambda: flag_payment(self._database, payment))
        if isinstance(answer, Delay):  # an hour perhaps, in which the payer may cancel, or the deal end
            return BankAnswer(done=False, delay_reason=answer.reason, delay_s=answer.seconds)
        if isinstance(answer, Refused):
            return BankAnswer(done=False, refused_code=answer.code)
        return BankAnswer(done=True, expires_at=answer.value.expires_at.isoformat())

    async def debit(self, payment: Payment, attempt: Attempt, code: str, forced: BankAnswer | None) -> BankAnswer:
        key = debit_key(str(payment.id), attempt.number)
        call = debit(key, payment.operation or "", code, attempt.submitted_at, amount=payment.amount)
        return await self._answer(payment, call, forced)

    async def capture(self, payment: Payment, step: StepRow, forced: BankAnswer | None) -> BankAnswer:
        return await self._answer(payment, capture(step.key, payment.operation or "", amount=payment.amount), forced)

    async def credit(self, payment: Payment, step: StepRow, forced: BankAnswer | None) -> BankAnswer:
        return await self._answer(payment, crediting(payment, step), forced)

    async def void(self, payment: Payment, step: StepRow, forced: BankAnswer | None) -> BankAnswer:
        return await self._answer(payment, void(step.key, payment.operation or "", amount=payment.amount), forced)

    async def claw_back(
        self, payment: Payment, step: StepRow, refund: Refund, paid_out: Sequence[StepRow]
    ) -> ClawedBack:
        call = clawbacks(payment, step, refund, paid_out)
        bank = await self._banks.of(payment.payer_bank)
        answer = await final_answer(bank, call, lambda: flag_refund(self._database, refund))
        if isinstance(answer, Refused):
            return ClawedBack(done=False, refused_code=answer.code)
        [taken] = answer.value
        of_commission = operation_of(paid_out, Step.COMMISSION)
        commission_minor = sum(
            part.amount.minor for part in taken.parts if part.origin == "payee" and part.credit == of_commission
        )
        return ClawedBack(
            done=True,
            operation=taken.operation.key,
            fee_minor=taken.fee.minor,
            from_owed_minor=taken.from_uncredited.minor,
            from_payee_minor=taken.from_payee.minor - commission_minor,
            from_commission_minor=commission_minor,
            from_guarantee_minor=taken.from_guarantee.minor,
        )

    async def _answer(self, payment: Payment, call: Call[Operation], forced: BankAnswer | None = None) -> BankAnswer:
        async def delayed(delay: Delay) -> None:
            await defer_payment(self._database, payment, delay.reason, delay.seconds)

        flag = partial(flag_payment, self._database, payment)
        bank = await self._banks.of(payment.payer_bank)
        return await operation_answer(bank, call, flag, forced, delayed)


def opening(deal: Deal, payment: Payment) -> Call[Operation]:
    """The call that opens the operation of a payment at the payer's bank."""
    return open_operation(
        operation_key(str(payment.id)),
        payment.payer_account,
        payment.payee_account,
        payment.amount,
        payment.fee,
        str(deal.id),
    )


def crediting(payment: Payment, step: StepRow) -> Call[Operation]:
    """The call of a step that pays out: a credit, or the commission. A wallet is paid through the platform."""
    amount = Money(step.amount_minor, payment.currency)
    account = step.account or ""
    if is_wallet(account):
        account = payment.payee_account
    return credit(step.key, account, amount, payment.operation or "", str(payment.deal_id))


def operation_of(paid_out: Sequence[StepRow], name: Step) -> str | None:
    """The bank's key of the operation made by the step `name`; None when it is not done."""
    return next((step.operation for step in paid_out if step.name == name and step.state == StepState.DONE), None)


def clawbacks(payment: Payment, step: StepRow, row: Refund, paid_out: Sequence[StepRow]) -> Call[list[BankRefund]]:
    """The call of a step of a refund: it names the credits to claw back, if there were any."""
    commission_minor = step.commission_minor or 0
    shares = {operation_of(paid_out, Step.COMMISSION): commission_minor}
    if step.account is not None:
        shares[operation_of(paid_out, Step.REST if step.taken == Taken.REST else Step.CREDIT)] = (
            step.amount_minor - commission_minor
        )
    return refund(
        step.key,
        [payment.operation or ""],
        amount=Money(step.amount_minor, payment.currency),
        shares={key: Money(minor, payment.currency) for key, minor in shares.items() if key is not None and minor},
        payee_account=step.given_by,
        fee="returned" if row.fee == FeeBearer.RETURNED else "kept",
    )
