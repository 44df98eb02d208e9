"""What the workflows of deals and payments check before they accept an override: an update whose row is committed."""

from __future__ import annotations

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from domain import keys
    from domain.overrides import OverrideKind
    from payloads.deal import DealView
    from payloads.override import OverrideOrder
    from payloads.payment import PaymentView


def check_payment_override(order: OverrideOrder, seen: PaymentView | None) -> None:
    """Refuses an override that does not fit the payment as it was last `seen`."""
    _check(order)
    if seen is None:
        return  # it has only just begun: the rows decide
    if seen.final:
        raise refused("payment_ended", "this payment has ended")
    if order.kind == OverrideKind.FORCE and order.key not in _awaited(seen):
        raise refused("not_awaited", f"nothing is awaited under {order.key}")


def check_deal_override(order: OverrideOrder, seen: DealView | None) -> None:
    """The same for a deal."""
    _check(order)
    if seen is not None and (seen.final or (order.kind == OverrideKind.EXTEND and not seen.open)):
        raise refused("deal_closed", "this deal is closed")


def refused(code: str, why: str) -> ApplicationError:
    return ApplicationError(why, type=code, non_retryable=True)


def _check(order: OverrideOrder) -> None:
    if not order.reason.strip():
        raise refused("missing_field", "an override has a reason")
    if order.kind == OverrideKind.FORCE and not (order.evidence or "").strip():
        raise refused("missing_field", "a forced result has evidence")


def _awaited(seen: PaymentView) -> set[str]:
    """The keys of the calls to banks whose results are unknown."""
    found = {keys.step_key(step.payment_id, step.name, step.number) for step in seen.steps}
    if seen.attempt is not None:
        found.add(keys.debit_key(seen.payment_id, seen.attempt))
    return found
