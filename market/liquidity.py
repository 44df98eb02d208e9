"""Payments that wait for the platform's own money at a bank, and their retry as soon as there is some.

A bank pays withdrawals, and refunds in place of sellers, out of the platform's guarantee account there. When that has
too little, the fault is the platform's: promises stay in force, and wait.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.payments import StepState
from domain.refunds import LACKS_FUNDS
from domain.wallets import is_wallet
from domain.withdrawals import WithdrawalState
from store import clock
from store.banks.accounts import bank_id_of
from store.banks.banks import Bank
from store.deals.deals import Deal, lock_deal
from store.payments.payments import Payment, lock_payment
from store.payments.refunds import Refund, newest_steps, plan_again, refund_of, steps_of_refund
from store.payments.steps import StepRow
from store.wallets.withdrawals import Withdrawal, notify_owner, pay_again, withdrawal_of

AT_A_TIME = 200


async def bank_of_guarantee(session: AsyncSession, number: str) -> int | None:
    """The bank of this guarantee account."""
    return await session.scalar(select(Bank.id).where(Bank.guarantee_account == number))


async def short_withdrawals(session: AsyncSession, bank_id: int) -> Sequence[UUID]:
    """The withdrawals that wait for our money at a bank, oldest first."""
    query = select(Withdrawal.id).where(
        Withdrawal.bank_id == bank_id, Withdrawal.state == WithdrawalState.AWAITING_FUNDS
    )
    return list(await session.scalars(query.order_by(Withdrawal.id).limit(AT_A_TIME)))


async def short_refunds(session: AsyncSession, bank_id: int) -> Sequence[UUID]:
    """The refunds that wait for our money at a bank, oldest first."""
    query = (
        select(Refund.id)
        .distinct()
        .join(StepRow, StepRow.refund_id == Refund.id)
        .join(Payment, Payment.id == StepRow.payment_id)
        .where(Refund.final_at.is_(None), StepRow.state == StepState.REFUSED, StepRow.refused_code == LACKS_FUNDS)
        # The platform's account at the payer's bank has the money of credits to wallets.
        .where(or_(func.left(StepRow.account, 3) == f"{bank_id:03}", Payment.payer_bank == bank_id))
    )
    return list(await session.scalars(query.order_by(Refund.id).limit(AT_A_TIME)))


def lacking(steps: Sequence[StepRow], payments: Sequence[Payment]) -> dict[int, int]:
    """Where these newest steps of a refund lack our money, and at most how much, in minor units by bank.

    The platform's own part, the former commission, is available.
    """
    payer_bank = {payment.id: payment.payer_bank for payment in payments}
    found: dict[int, int] = {}
    for step in steps:
        if step.state == StepState.REFUSED and step.refused_code == LACKS_FUNDS:
            account = step.account
            bank_id = payer_bank[step.payment_id] if account is None or is_wallet(account) else bank_id_of(account)
            found[bank_id] = found.get(bank_id, 0) + step.amount_minor - (step.commission_minor or 0)
    return found


async def lacks_funds(session: AsyncSession, withdrawal: Withdrawal) -> None:
    """Our account at the bank has too little for a locked withdrawal: the money stays held, and it is paid later."""
    if withdrawal.state != WithdrawalState.PAYING:
        return
    withdrawal.state, withdrawal.short_since = WithdrawalState.AWAITING_FUNDS, await clock.now(session, withdrawal.id)
    await session.flush()
    if withdrawal.payout == 1:
        await notify_owner(session, withdrawal, "withdrawal_waits")


async def pay_withdrawal_again(session: AsyncSession, withdrawal_id: UUID) -> Withdrawal:
    """Requests a withdrawal that waits for our money again, under its next number; returns whom to signal."""
    withdrawal = await withdrawal_of(session, None, withdrawal_id, lock=True)
    await pay_again(session, withdrawal)
    return withdrawal


async def claw_back_again(session: AsyncSession, refund_id: UUID) -> tuple[Deal, Refund]:
    """Plans a refund's steps that a bank refused for lack of money again, under new numbers; returns whom to signal."""
    refund = await refund_of(session, None, refund_id)
    deal = await lock_deal(session, refund.deal_id)
    for step in newest_steps(await steps_of_refund(session, refund.id)):
        if step.state == StepState.REFUSED and step.refused_code == LACKS_FUNDS:
            await plan_again(session, await lock_payment(session, step.payment_id), step)
    return deal, refund
