"""A withdrawal's activities: the bank pays it out, by key; what it answers is written into rows and books."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.asking import final_answer, only_ask
from bank.client import BankClient, Refused, payout
from domain.keys import payout_key
from domain.withdrawals import LACKS_FUNDS, WithdrawalState
from edge.database import Database
from market.liquidity import lacks_funds
from payloads.payment import BankAnswer
from payloads.withdrawal import PayoutAnswer, ReturnAnswer, WithdrawalRef, WithdrawalView
from store.withdrawals import (
    Withdrawal,
    cancel,
    end_in_time,
    is_final,
    paid_out,
    refused,
    returned,
    seconds_left,
    withdrawal_of,
)


class WithdrawalActivities:
    def __init__(self, database: Database, bank: BankClient) -> None:
        self._database = database
        self._bank = bank

    @activity.defn
    async def look_at_withdrawal(self, ref: WithdrawalRef) -> WithdrawalView:
        """Where the withdrawal stands, as its row says."""
        async with self._database.transaction() as session:
            return await _view(session, await self._read(session, ref))

    @activity.defn
    async def pay_out(self, ref: WithdrawalRef) -> BankAnswer:
        """Has the bank pay the amount to the owner's account. An unknown outcome is asked for by key, never undone."""
        async with self._database.transaction() as session:
            withdrawal = await self._read(session, ref)
        call = payout(
            payout_key(ref.withdrawal_id, ref.payout),
            withdrawal.account,
            withdrawal.amount,
            withdrawal.fee,
            f"withdrawal/{ref.withdrawal_id}",
        )
        answer = await final_answer(self._bank, call, lambda: self._flag(ref))
        if isinstance(answer, Refused):
            return BankAnswer(done=False, refused_code=answer.code)
        return BankAnswer(done=True, operation=answer.value.key)

    @activity.defn
    async def record_payout(self, answer: PayoutAnswer) -> WithdrawalView:
        """Captures what is held once the bank has paid; after its refusal frees it.

        When the bank refuses because our own account there has too little, it stays held and is tried again.
        """
        given = answer.answer

        async def work(session: AsyncSession) -> WithdrawalView:
            withdrawal = await self._lock(session, WithdrawalRef(answer.withdrawal_id))
            if withdrawal.payout != answer.payout:
                pass  # written down before
            elif given.done:
                await paid_out(session, withdrawal, given.operation or "")
            elif given.refused_code == LACKS_FUNDS:
                await lacks_funds(session, withdrawal)
            else:
                await refused(session, withdrawal, given.refused_code or "refused")
            return await _view(session, withdrawal)

        return await self._database.run(work)

    @activity.defn
    async def ask_for_return(self, ref: WithdrawalRef) -> ReturnAnswer:
        """Whether the bank has sent back what it had paid out."""
        async with self._database.transaction() as session:
            withdrawal = await self._read(session, ref)
        answer = await only_ask(lambda: self._bank.payout(withdrawal.operation or ""), lambda: self._flag(ref))
        if isinstance(answer, Refused):
            raise RuntimeError(f"the bank refuses to tell of a payout: {answer.code}")
        return ReturnAnswer(ref.withdrawal_id, answer.value.returned_at is not None)

    @activity.defn
    async def record_return(self, answer: ReturnAnswer) -> WithdrawalView:
        """Books back what the bank has sent back; nothing changes when it has not."""

        async def work(session: AsyncSession) -> WithdrawalView:
            withdrawal = await self._lock(session, WithdrawalRef(answer.withdrawal_id))
            if answer.returned:
                await returned(session, withdrawal)
            return await _view(session, withdrawal)

        return await self._database.run(work)

    @activity.defn
    async def end_withdrawal(self, ref: WithdrawalRef) -> WithdrawalView:
        """Ends it if its time is over: without a code the hold is void, without a return it is done.

        What waits for our own money is tried again.
        """

        async def work(session: AsyncSession) -> WithdrawalView:
            withdrawal = await self._lock(session, ref)
            await end_in_time(session, withdrawal)
            return await _view(session, withdrawal)

        return await self._database.run(work)

    @activity.defn
    async def cancel_withdrawal(self, ref: WithdrawalRef) -> WithdrawalView:
        """An operator cancels: while no bank is asked to pay the hold is void, else nothing changes."""

        async def work(session: AsyncSession) -> WithdrawalView:
            withdrawal = await self._lock(session, ref)
            if withdrawal.state in (WithdrawalState.AWAITING_CODE, WithdrawalState.AWAITING_FUNDS):
                await cancel(session, withdrawal)
            return await _view(session, withdrawal)

        return await self._database.run(work)

    async def _read(self, session: AsyncSession, ref: WithdrawalRef) -> Withdrawal:
        return await withdrawal_of(session, None, UUID(ref.withdrawal_id))

    async def _lock(self, session: AsyncSession, ref: WithdrawalRef) -> Withdrawal:
        return await withdrawal_of(session, None, UUID(ref.withdrawal_id), lock=True)

    async def _flag(self, ref: WithdrawalRef) -> None:
        async def work(session: AsyncSession) -> None:
            withdrawal = await self._lock(session, ref)
            if withdrawal.flagged_at is None:
                withdrawal.flagged_at = func.clock_timestamp()

        await self._database.run(work)


async def _view(session: AsyncSession, withdrawal: Withdrawal) -> WithdrawalView:
    return WithdrawalView(
        withdrawal_id=str(withdrawal.id),
        state=withdrawal.state,
        wait_s=await seconds_left(session, withdrawal),
        final=is_final(withdrawal),
        flagged=withdrawal.flagged_at is not None,
        payout=withdrawal.payout,
    )
