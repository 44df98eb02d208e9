"""The JSON of payments, with their codes and attempts."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from api.payments.schemas import OperatorPaymentOut, PaymentOut, operator_payment_out, payment_out
from market.payments import Opened
from store.payments.codes import codes_and_attempts
from store.payments.payments import Payment
from store.payments.steps import steps_of


async def show(session: AsyncSession, payment: Payment) -> PaymentOut:
    """The payment as a marketplace sees it, including this transaction's changes."""
    await session.flush()
    return payment_out(payment, *await codes_and_attempts(session, payment.id))


async def show_opened(session: AsyncSession, opened: Opened) -> PaymentOut:
    """The same of a payment that was made in this transaction."""
    return payment_out(opened.payment, [opened.code], [])


async def show_operator(session: AsyncSession, payment: Payment) -> OperatorPaymentOut:
    """The payment as an operator sees it."""
    codes, attempts = await codes_and_attempts(session, payment.id)
    return operator_payment_out(payment, codes, attempts, await steps_of(session, payment.id))
