from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from api.fields import Id, Moment, MoneyIn, MoneyOut
from domain.errors import Malformed
from domain.money import Money
from domain.payments import Step, StepState
from domain.refunds import LACKS_FUNDS, PAYER_CLOSED, RefundState
from domain.terms import Cause, FeeBearer
from edge.wire import Said, Wire, utc, utc_or_none
from store.deals.deals import Deal
from store.payments.refunds import Refund, newest_steps, refusal_of
from store.payments.steps import StepRow


class RefundIn(Wire):
    amount: MoneyIn | None = None
    """Of the price; the bank's fee goes back in addition if the terms say so. Absent: all that is left."""
    cause: Literal["buyer", "seller", "dispute"]
    """The cause, by which the terms decide who bears the bank's fee."""
    reason: Annotated[Said, Field(min_length=1, max_length=500)]
    user_id: Id | None = None
    """The seller, who alone may refund with the cause `seller`; absent for any other cause."""

    def check_party(self) -> None:
        """Raises `Malformed` missing_field, invalid_field."""
        if self.cause == "seller" and self.user_id is None:
            raise Malformed("missing_field", "A refund by the seller names the seller.", "user_id")
        if self.cause != "seller" and self.user_id is not None:
            raise Malformed("invalid_field", "Only a refund by the seller names a user.", "user_id")


class RefundOut(Wire):
    """A refund as marketplaces see it."""

    id: str
    deal_id: str
    number: int
    amount: MoneyOut
    fee: FeeBearer
    """What happens to the fee of the payers' banks, by the deal's terms."""
    fee_refunded: MoneyOut
    """The part that has gone back so far."""
    cause: Cause
    reason: str
    state: RefundState
    waiting_for: Literal["funds", "account"] | None
    """`funds`: the platform's money is missing at a bank; the refund will be paid. `account`: the payer's account is
    closed; `POST /payments/{id}/refund-account` names another one.
    """
    flagged_at: Moment | None
    """Since when an operator should look."""
    created_at: Moment
    final_at: Moment | None


class RefundStepOut(Wire):
    """One call to a bank that claws back what a payment released and pays it to the payer."""

    payment_id: str
    name: Step
    number: int
    state: StepState
    amount: MoneyOut
    commission: MoneyOut | None
    """The part of the amount that was commission."""
    from_owed: MoneyOut | None
    from_payee: MoneyOut | None
    from_commission: MoneyOut | None
    from_guarantee: MoneyOut | None
    """Paid by the guarantee account; the payee then owes it."""
    refused_code: str | None


class OperatorRefundOut(RefundOut):
    """A refund as operators see it."""

    requested_by: str
    steps: list[RefundStepOut]


class RefundsOut(Wire):
    items: list[OperatorRefundOut | RefundOut]


def refund_out(deal: Deal, refund: Refund, steps: Sequence[StepRow], *, for_operator: bool) -> RefundOut:
    fields: dict[str, object] = {
        "id": str(refund.id),
        "deal_id": str(refund.deal_id),
        "number": refund.number,
        "amount": MoneyOut.of(refund.amount(deal.currency)),
        "fee": FeeBearer(refund.fee),
        "fee_refunded": MoneyOut.of(Money(sum(step.fee_minor or 0 for step in steps), deal.currency)),
        "cause": Cause(refund.cause),
        "reason": refund.reason,
        "state": RefundState(refund.state),
        "waiting_for": {LACKS_FUNDS: "funds", PAYER_CLOSED: "account"}.get(refusal_of(newest_steps(steps)) or ""),
        "flagged_at": utc_or_none(refund.flagged_at),
        "created_at": utc(refund.created_at),
        "final_at": utc_or_none(refund.final_at),
    }
    if not for_operator:
        return RefundOut.model_validate(fields)
    fields |= {"requested_by": refund.requested_by, "steps": [_step_out(step, deal.currency) for step in steps]}
    return OperatorRefundOut.model_validate(fields)


def _step_out(step: StepRow, currency: str) -> RefundStepOut:
    def money(minor: int | None) -> MoneyOut | None:
        return None if minor is None else MoneyOut.of(Money(minor, currency))

    return RefundStepOut(
        payment_id=str(step.payment_id),
        name=Step(step.name),
        number=step.number,
        state=StepState(step.state),
        amount=MoneyOut.of(Money(step.amount_minor, currency)),
        commission=money(step.commission_minor),
        from_owed=money(step.from_owed_minor),
        from_payee=money(step.from_payee_minor),
        from_commission=money(step.from_commission_minor),
        from_guarantee=money(step.from_guarantee_minor),
        refused_code=step.refused_code,
    )
