"""How a withdrawal to an address is paid: one transaction at a time, as its row says (`market/outgoing.py`).

The hold is captured when the solidified chain has the transaction. A dropped one is ordered again under a new number; a
failed one is put off, and the hold stays: only its owner or an operator frees it, while nothing is under way.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.keys import withdrawal_transfer
from domain.outgoing import OutgoingState, Purpose
from domain.withdrawals import WithdrawalState
from market import outgoing
from market.liquidity import AT_A_TIME, lacks_funds
from market.outgoing import Order
from market.signals import Signal
from payloads.outgoing import OutgoingView
from store import clock
from store.chain.accounts import AccountName, lock_account
from store.chain.outgoing import OutgoingTransaction
from store.wallets import withdrawals as rows
from store.wallets.withdrawals import Withdrawal, pay_again


async def sending(session: AsyncSession, withdrawal: Withdrawal) -> OutgoingView | None:
    """Its newest transaction."""
    if withdrawal.gateway is None:
        return None
    return await outgoing.state_of(session, withdrawal_transfer(str(withdrawal.id)))


async def order(session: AsyncSession, withdrawal: Withdrawal, fee_limit_sun: int) -> None:
    """Orders the next one for a locked withdrawal, unless one is under way, or the main wallet has too little."""
    if not await _needs_one(session, withdrawal):
        return
    main = await lock_account(session, AccountName.MAIN)
    if main.balance_minor - await _under_way(session) < withdrawal.amount_minor:
        await lacks_funds(session, withdrawal)
        return
    wanted = Order(
        withdrawal_transfer(str(withdrawal.id)),
        Purpose.WITHDRAWAL,
        withdrawal.account,
        token_minor=withdrawal.amount_minor,
        fee_limit_sun=fee_limit_sun,
    )
    withdrawal.payout = (await outgoing.order(session, wanted)).number
    await session.flush()


async def settle(session: AsyncSession, withdrawal: Withdrawal) -> None:
    """What has become of the transaction that a locked withdrawal waits for, if it has ended."""
    newest = await sending(session, withdrawal)
    if newest is None or not newest.final or newest.number != withdrawal.payout:
        return
    match OutgoingState(newest.state):
        case OutgoingState.DONE:
            await rows.paid_out(session, withdrawal, newest.txid)
        case OutgoingState.DROPPED:
            withdrawal.payout += 1
            await session.flush()
        case OutgoingState.FAILED:
            await _put_off(session, withdrawal)
        case OutgoingState.REFUSED:
            await rows.refused(session, withdrawal, newest.result or "refused")


async def cannot(session: AsyncSession, withdrawal: Withdrawal) -> None:
    """The next transaction of a locked withdrawal would fail: it is put off, unless one is under way."""
    if await _needs_one(session, withdrawal):
        await _put_off(session, withdrawal)


async def lock_short(session: AsyncSession) -> Sequence[Withdrawal]:
    """The withdrawals to addresses that wait for money on the main wallet, locked, oldest first."""
    query = (
        select(Withdrawal)
        .where(Withdrawal.bank_id.is_(None), Withdrawal.state == WithdrawalState.AWAITING_FUNDS)
        .order_by(Withdrawal.id)
        .limit(AT_A_TIME)
        .with_for_update(key_share=True)
    )
    return list(await session.scalars(query))


async def pay_short(session: AsyncSession, short: Sequence[Withdrawal]) -> tuple[Signal, ...]:
    """Requests these locked withdrawals again, now that there is more on the main wallet; returns whom to signal.

    One whose transaction has failed waits: another would cost as much, and an operator has to look.
    """
    paid = []
    for withdrawal in short:
        newest = await sending(session, withdrawal)
        if newest is None or newest.state != OutgoingState.FAILED:
            await pay_again(session, withdrawal)
            paid.append(Signal(withdrawal))
    return tuple(paid)


async def _needs_one(session: AsyncSession, withdrawal: Withdrawal) -> bool:
    """Whether it is to be paid and nothing is under way, after what has ended was settled."""
    if withdrawal.state != WithdrawalState.PAYING:
        return False
    await settle(session, withdrawal)
    newest = await sending(session, withdrawal)
    return withdrawal.state == WithdrawalState.PAYING and (newest is None or newest.final)


async def _put_off(session: AsyncSession, withdrawal: Withdrawal) -> None:
    """It failed, or would: an operator has to look, and it is tried again later."""
    if withdrawal.flagged_at is None:
        withdrawal.flagged_at = await clock.now(session, withdrawal.id)
    await lacks_funds(session, withdrawal)


async def _under_way(session: AsyncSession) -> int:
    """What transactions that have not ended will take from the main wallet."""
    query = select(func.coalesce(func.sum(OutgoingTransaction.token_minor), 0)).where(
        OutgoingTransaction.final_at.is_(None), OutgoingTransaction.purpose == Purpose.WITHDRAWAL
    )
    return int(await session.scalar(query) or 0)
