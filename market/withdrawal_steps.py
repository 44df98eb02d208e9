"""The steps of a withdrawal's workflow: the answers of bank and chain capture the hold, free it, or book back."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.withdrawals import LACKS_FUNDS, WithdrawalState
from market import withdrawal_transfers as transfers
from market.acts import Outcome
from market.liquidity import lacks_funds
from payloads.payment import BankAnswer
from payloads.withdrawal import WithdrawalView
from store.wallets import withdrawals as rows
from store.wallets.withdrawals import Withdrawal

_NOT_BEGUN: Final = (WithdrawalState.AWAITING_CODE, WithdrawalState.AWAITING_APPROVAL, WithdrawalState.AWAITING_FUNDS)


async def resume(session: AsyncSession, withdrawal_id: UUID) -> Outcome[WithdrawalView]:
    """Resumes a withdrawal from its row, and ends it if it has expired.

    Without a code the hold is voided, without a return it is done; what waits for the platform's money is retried.
    """
    withdrawal = await rows.withdrawal_of(session, None, withdrawal_id, lock=True)
    if withdrawal.gateway is not None and withdrawal.state == WithdrawalState.PAYING:
        await transfers.settle(session, withdrawal)
    elif not rows.is_final(withdrawal):
        await rows.end_in_time(session, withdrawal)
    return await _seen(session, withdrawal)


async def order_transfer(session: AsyncSession, withdrawal_id: UUID, fee_limit_sun: int) -> Outcome[WithdrawalView]:
    """Orders the transaction that pays it to its address, unless one is under way or has paid it.

    Without enough on the main wallet the money stays held, and it is tried again.
    """
    withdrawal = await rows.withdrawal_of(session, None, withdrawal_id, lock=True)
    await transfers.order(session, withdrawal, fee_limit_sun)
    return await _seen(session, withdrawal)


async def cannot_transfer(session: AsyncSession, withdrawal_id: UUID) -> Outcome[WithdrawalView]:
    """Contract or main wallet cannot do it now: the money stays held, and it is tried again."""
    withdrawal = await rows.withdrawal_of(session, None, withdrawal_id, lock=True)
    await transfers.cannot(session, withdrawal)
    return await _seen(session, withdrawal)


async def record_payout(
    session: AsyncSession, withdrawal_id: UUID, number: int, answer: BankAnswer
) -> Outcome[WithdrawalView]:
    """Captures the hold once the bank has made the payout of this number; frees it after a refusal.

    When the bank refuses because the guarantee account there has too little, the money stays held and the payout is
    retried.
    """
    withdrawal = await rows.withdrawal_of(session, None, withdrawal_id, lock=True)
    if withdrawal.payout != number:
        pass  # recorded before
    elif answer.done:
        await rows.paid_out(session, withdrawal, answer.operation or "")
    elif answer.refused_code == LACKS_FUNDS:
        await lacks_funds(session, withdrawal)
    else:
        await rows.refused(session, withdrawal, answer.refused_code or "refused")
    return await _seen(session, withdrawal)


async def record_return(session: AsyncSession, withdrawal_id: UUID, *, returned: bool) -> Outcome[WithdrawalView]:
    """Books a return by the bank back; otherwise the withdrawal is done once the time for a return has passed."""
    if not returned:
        return await resume(session, withdrawal_id)
    withdrawal = await rows.withdrawal_of(session, None, withdrawal_id, lock=True)
    await rows.returned(session, withdrawal)
    return await _seen(session, withdrawal)


async def call_off(session: AsyncSession, withdrawal_id: UUID) -> Outcome[WithdrawalView]:
    """An operator cancels: before it is being paid, the hold is voided; later nothing changes."""
    withdrawal = await rows.withdrawal_of(session, None, withdrawal_id, lock=True)
    if withdrawal.state in _NOT_BEGUN:
        await rows.cancel(session, withdrawal)
    return await _seen(session, withdrawal)


async def _seen(session: AsyncSession, withdrawal: Withdrawal) -> Outcome[WithdrawalView]:
    view = WithdrawalView(
        withdrawal_id=str(withdrawal.id),
        state=withdrawal.state,
        wait_s=await rows.seconds_left(session, withdrawal),
        final=rows.is_final(withdrawal),
        flagged=withdrawal.flagged_at is not None,
        payout=withdrawal.payout,
        sending=await transfers.sending(session, withdrawal),
    )
    return Outcome(view, withdrawal)
