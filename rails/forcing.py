"""Forced results: an operator's answer that counts until the bank's own arrives."""

from __future__ import annotations

from domain.keys import payment_step_of_key
from domain.overrides import Result
from payloads.payment import BankAnswer
from store.payments.overrides import Override
from store.payments.payments import Payment

# The bank's refusal of a debit after the tombstone.
TOMBSTONED = "operation_ended"
# Steps of the payer's own operation; the others are separate operations, whose keys are not known yet.
_OF_THE_OPERATION = frozenset({"debit", "capture", "void"})


def forced_answer(payment: Payment, override: Override | None) -> BankAnswer | None:
    """The answer to a call of the payment that an override forces, if there is one."""
    if override is None:
        return None
    if override.result == Result.REFUSED:
        return BankAnswer(done=False, refused_code=TOMBSTONED, forced=str(override.id))
    known = payment_step_of_key(override.key or "") in _OF_THE_OPERATION
    return BankAnswer(done=True, operation=payment.operation if known else None, forced=str(override.id))
