"""The JSON of payments, with their codes and attempts."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from api.payments.schemas import OperatorPaymentOut, PaymentOut, operator_payment_out, payment_out
from store.payments.codes import attempts_of, codes_of
from store.payments.payments import Payment
from store.payments.steps import steps_of


async def show(session: AsyncSession, payment: Payment) -> PaymentOut:
    """The payment as a marketplace sees it, including this transaction's changes."""
    await session.flush()
    await session.refresh(payment)  # times that the database has stamped
    return payment_out(payment, await codes_of(session, payment.id), await attempts_of(session, payment.id))


async def show_operator(session: AsyncSession, payment: Payment) -> OperatorPaymentOut:
    """The payment as an operator sees it."""
    codes, attempts = await codes_of(session, payment.id), await attempts_of(session, payment.id)
    return operator_payment_out(payment, codes, attempts, await steps_of(session, payment.id))
