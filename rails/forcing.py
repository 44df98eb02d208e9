"""Forced results: an operator's answer that counts until the bank's own arrives."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from domain.keys import payment_step_of_key
from domain.overrides import Result
from payloads.payment import BankAnswer
from store.payments.overrides import force_of
from store.payments.payments import Payment

# The bank's refusal of a debit after the tombstone.
TOMBSTONED = "operation_ended"
# Steps of the payer's own operation; the others are separate operations, whose keys are not known yet.
_OF_THE_OPERATION = frozenset({"debit", "capture", "void"})


async def forced_answer(session: AsyncSession, payment: Payment, key: str) -> BankAnswer | None:
    """The forced answer to the call with this key, or None."""
    override = await force_of(session, key)
    if override is None:
        return None
    if override.result == Result.REFUSED:
        return BankAnswer(done=False, refused_code=TOMBSTONED, forced=str(override.id))
    known = payment_step_of_key(key) in _OF_THE_OPERATION
    return BankAnswer(done=True, operation=payment.operation if known else None, forced=str(override.id))
