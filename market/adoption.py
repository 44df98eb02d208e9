"""A payment whose money the bank holds while its row, restored from an older copy, awaits a code.

The row catches up. The bank held the money because a code was submitted in time: a late one is never sent on. Capture
and credits at the bank follow in the books when the payment's workflow asks for them under the same keys.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

from domain.payments import FINAL, AttemptState, PaymentState
from store.payments.books import book_hold
from store.payments.codes import Attempt, attempts_of, current_code
from store.payments.payments import lock_with_deal, move


async def adopt_hold(session: AsyncSession, payment_id: UUID, operation: str, held_at: datetime) -> bool:
    """Books what the bank holds, or has captured, under `operation`; False when the row knows it or is final by now.

    `held_at` is the bank's time, UTC.
    """
    deal, payment = await lock_with_deal(session, payment_id)
    if payment.taken or payment.decision is not None or PaymentState(payment.state) in FINAL:
        return False
    attempts = await attempts_of(session, payment_id)
    if any(attempt.state == AttemptState.UNRESOLVED for attempt in attempts):
        return False
    current = await current_code(session, payment_id)
    attempt = Attempt(
        payment_id=payment_id,
        number=len(attempts) + 1,
        code_number=current.number if current else 1,
        submitted_at=min(held_at, deal.pay_by),
        state=AttemptState.HELD,
        resolved_at=func.clock_timestamp(),
    )
    session.add(attempt)
    payment.operation = operation
    move(session, payment, PaymentState.PROCESSING, attempt=attempt.number, adopted=True)
    await session.flush()
    if not await book_hold(session, deal, payment):
        raise AssertionError("a bank's hold needs no wallet")
    payment.taken = True
    move(session, payment, PaymentState.HELD, attempt=attempt.number)
    await session.flush()
    return True
