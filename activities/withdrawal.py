"""A withdrawal's activities: the bank pays it out, by key; its answer is booked in the same step."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from temporalio import activity

from activities.steps import Steps
from bank.banks import Banks
from bank.client import Refused, payout
from domain.keys import payout_key
from domain.wallets import PLATFORM
from domain.withdrawals import WithdrawalState
from edge.database import Database
from market import withdrawal_steps as steps
from market.flags import flag_withdrawal
from market.signals import Signaller
from payloads.payment import BankAnswer
from payloads.withdrawal import WithdrawalRef, WithdrawalView
from rails.asking import final_answer, only_ask
from store.wallets.withdrawals import Withdrawal, withdrawal_of


class WithdrawalActivities:
    def __init__(self, database: Database, banks: Banks, signaller: Signaller) -> None:
        self._database = database
        self._banks = banks
        self._steps = Steps(database, signaller)

    @activity.defn
    async def resume_withdrawal(self, ref: WithdrawalRef) -> WithdrawalView:
        """Resumes the withdrawal from its row, and ends it if it has expired by the database's clock."""
        return await self._steps.take(partial(steps.resume, withdrawal_id=UUID(ref.withdrawal_id)))

    @activity.defn
    async def pay_out(self, ref: WithdrawalRef) -> WithdrawalView:
        """Has the bank pay the amount to the owner's account. An unknown outcome is asked about, never undone."""
        withdrawal = await self._read(ref)
        if withdrawal.state != WithdrawalState.PAYING:
            return await self.resume_withdrawal(ref)
        call = payout(
            payout_key(ref.withdrawal_id, withdrawal.payout),
            withdrawal.account,
            withdrawal.amount,
            withdrawal.fee,
            f"withdrawal/{ref.withdrawal_id}",
        )
        bank = await self._banks.of(withdrawal.bank_id or PLATFORM)
        given = await final_answer(bank, call, partial(flag_withdrawal, self._database, withdrawal))
        answer = (
            BankAnswer(done=True, operation=given.value.key)
            if not isinstance(given, Refused)
            else BankAnswer(done=False, refused_code=given.code)
        )
        return await self._steps.book(
            partial(steps.record_payout, withdrawal_id=withdrawal.id, number=withdrawal.payout, answer=answer)
        )

    @activity.defn
    async def ask_for_return(self, ref: WithdrawalRef) -> WithdrawalView:
        """Asks whether the bank has returned the payout; a return is booked back into the wallet."""
        withdrawal = await self._read(ref)
        if withdrawal.gateway is not None:
            return await self.resume_withdrawal(ref)  # nobody returns what the chain has decided
        bank = await self._banks.of(withdrawal.bank_id or PLATFORM)
        answer = await only_ask(
            lambda: bank.payout(withdrawal.operation or ""), partial(flag_withdrawal, self._database, withdrawal)
        )
        if isinstance(answer, Refused):
            raise RuntimeError(f"the bank refuses to show a payout: {answer.code}")
        returned = answer.value.returned_at is not None
        return await self._steps.book(partial(steps.record_return, withdrawal_id=withdrawal.id, returned=returned))

    @activity.defn
    async def cancel_withdrawal(self, ref: WithdrawalRef) -> WithdrawalView:
        """An operator cancels: before a bank is asked to pay, the hold is voided; later nothing changes."""
        return await self._steps.take(partial(steps.call_off, withdrawal_id=UUID(ref.withdrawal_id)))

    async def _read(self, ref: WithdrawalRef) -> Withdrawal:
        async with self._database.transaction() as session:
            return await withdrawal_of(session, None, UUID(ref.withdrawal_id))
