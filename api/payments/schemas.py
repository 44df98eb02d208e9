from __future__ import annotations

from collections.abc import Sequence

from pydantic import ConfigDict

from api.codes.schemas import AttemptOut, CodeOut
from api.fields import Id, Moment, MoneyIn, MoneyOut
from domain.money import Money
from domain.payments import PaymentState, Step, StepState
from edge.wire import Wire, one_of, utc, utc_or_none
from store.payments.codes import Attempt, Code
from store.payments.payments import Payment
from store.payments.steps import StepRow


class PaymentIn(Wire):
    """Names one source: a bank account or a wallet of the buyer."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [{"required": ["account_id"]}, {"required": ["wallet_id"]}]})

    account_id: Id | None = None
    wallet_id: Id | None = None
    amount: MoneyIn | None = None
    """Absent: all that is left of the price."""


class PayoutAccountIn(Wire):
    account_id: Id


class RefundAccountIn(Wire):
    """Names a bank account or a wallet of the payer."""

    model_config = ConfigDict(json_schema_extra=one_of("account_id", "wallet_id"))

    account_id: Id | None = None
    wallet_id: Id | None = None


class PaymentOut(Wire):
    """A payment as marketplaces see it: `total` leaves the payer's account or wallet, `amount` reaches the deal."""

    id: str
    deal_id: str
    account_id: str | None
    """The account at a bank that it is paid from; null for a payment from a wallet."""
    wallet_id: str | None
    state: PaymentState
    amount: MoneyOut
    fee: MoneyOut
    total: MoneyOut
    authorised_at: Moment | None
    """When a service deal took it from the buyer's wallet, by the buyer's leave: such a payment needs no code."""
    codes: list[CodeOut]
    attempts: list[AttemptOut]
    refused_code: str | None
    """The bank's reason, when it refused."""
    delay_reason: str | None
    """While the bank has a lasting limit, its code for it: `too_many_codes_sent` to the account's owner,
    `code_too_soon`, `too_many_wrong_codes` or `too_many_requests`.
    """
    delayed_until: Moment | None
    """When the bank is asked again. Until then the payment can be cancelled, unless a code is with the bank."""
    flagged_at: Moment | None
    """Since when an operator should look: the bank's answer has been missing for too long."""
    created_at: Moment
    final_at: Moment | None


class StepOut(Wire):
    """One call to a bank that releases or returns the payment."""

    name: Step
    number: int
    state: StepState
    amount: MoneyOut
    refused_code: str | None
    resolved_at: Moment | None


class OperatorPaymentOut(PaymentOut):
    """A payment as operators see it."""

    operation: str | None
    """The payer's bank's key of the operation."""
    steps: list[StepOut]


def payment_out(payment: Payment, codes: Sequence[Code], attempts: Sequence[Attempt]) -> PaymentOut:
    return PaymentOut.model_validate(_fields(payment, codes, attempts))


def operator_payment_out(
    payment: Payment, codes: Sequence[Code], attempts: Sequence[Attempt], steps: Sequence[StepRow]
) -> OperatorPaymentOut:
    shown = [_step_out(step, payment.currency) for step in steps]
    fields = _fields(payment, codes, attempts) | {"operation": payment.operation, "steps": shown}
    return OperatorPaymentOut.model_validate(fields)


def _step_out(step: StepRow, currency: str) -> StepOut:
    return StepOut(
        name=Step(step.name),
        number=step.number,
        state=StepState(step.state),
        amount=MoneyOut.of(Money(step.amount_minor, currency)),
        refused_code=step.refused_code,
        resolved_at=utc_or_none(step.resolved_at),
    )


def _fields(payment: Payment, codes: Sequence[Code], attempts: Sequence[Attempt]) -> dict[str, object]:
    return {
        "id": str(payment.id),
        "deal_id": str(payment.deal_id),
        "account_id": None if payment.account_id is None else str(payment.account_id),
        "wallet_id": None if payment.wallet_id is None else str(payment.wallet_id),
        "state": PaymentState(payment.state),
        "amount": MoneyOut.of(payment.amount),
        "fee": MoneyOut.of(payment.fee),
        "total": MoneyOut.of(payment.total),
        "authorised_at": utc_or_none(payment.authorised_at),
        "codes": [CodeOut.of(code) for code in codes],
        "attempts": [AttemptOut.of(attempt) for attempt in attempts],
        "refused_code": payment.refused_code,
        "delay_reason": payment.delay_reason,
        "delayed_until": utc_or_none(payment.delayed_until),
        "flagged_at": utc_or_none(payment.flagged_at),
        "created_at": utc(payment.created_at),
        "final_at": utc_or_none(payment.final_at),
    }
