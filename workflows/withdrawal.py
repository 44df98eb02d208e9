"""The withdrawal's story: the owner's code, the bank's payout, the end of the hold, a watch for returns."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from temporalio import workflow

from workflows.latch import Latch
from workflows.policies import BANK, TRANSACTION
from workflows.wallet_words import withdrawal_words

with workflow.unsafe.imports_passed_through():
    from activities.withdrawal import WithdrawalActivities
    from domain.withdrawals import WithdrawalState
    from payloads.withdrawal import PayoutAnswer, ReturnAnswer, WithdrawalOrder, WithdrawalRef, WithdrawalView

# Without a webhook the bank is asked so often whether it has sent the money back: a week of it fits a history.
ASK_EVERY = timedelta(hours=12)


@workflow.defn(name="Withdrawal")
class WithdrawalWorkflow:
    """One withdrawal. The hold came with its row; every step is a row again, so it may be started anew at any line."""

    @workflow.init
    def __init__(self, order: WithdrawalOrder) -> None:
        self._order = order
        self._ref = WithdrawalRef(order.withdrawal_id)
        self._latch = Latch()

    @workflow.signal
    def wake(self) -> None:
        """Something about this withdrawal was written down, or the bank has news: look again."""
        self._latch.set()

    @workflow.run
    async def run(self, order: WithdrawalOrder) -> WithdrawalView:
        story = asyncio.create_task(self._story())
        try:
            return await asyncio.shield(story)
        except asyncio.CancelledError:
            # Before the code it gives the money back; after it the bank was asked, and the story goes on to its end.
            await self._cancel()
            self._latch.set()
            return await story

    async def _story(self) -> WithdrawalView:
        withdrawal = await self._look()
        if withdrawal.state == WithdrawalState.DONE:  # the bank has called back after all
            await self._was_returned()
            withdrawal = await self._look()
        while not withdrawal.final:
            if withdrawal.state == WithdrawalState.PAYING:
                await self._pay_out(withdrawal)
            elif withdrawal.wait_s <= 0:
                await self._end()
            elif withdrawal.state == WithdrawalState.PAID:
                await self._watch(withdrawal)
            elif withdrawal.state == WithdrawalState.AWAITING_FUNDS:
                await self._wait("money on our own account at the bank", withdrawal.wait_s)
            else:
                await self._wait("the owner's code", withdrawal.wait_s)
            withdrawal = await self._look()
        return withdrawal

    async def _pay_out(self, withdrawal: WithdrawalView) -> None:
        """The bank pays, by key. What is unknown is asked for; a refusal alone frees the hold.

        A refusal because our own account there has too little frees nothing: it is asked again, under a new number.
        """
        ref = WithdrawalRef(self._ref.withdrawal_id, withdrawal.payout)
        answer = await workflow.execute_activity_method(
            WithdrawalActivities.pay_out, ref, summary=f"have the bank pay {self._order.amount}", **BANK
        )
        await workflow.execute_activity_method(
            WithdrawalActivities.record_payout,
            PayoutAnswer(ref.withdrawal_id, answer, ref.payout),
            summary="capture the hold" if answer.done else f"note the bank's refusal: {answer.refused_code}",
            **TRANSACTION,
        )

    async def _watch(self, withdrawal: WithdrawalView) -> None:
        """Asks whether the bank has sent it back, now and after each of its webhooks."""
        if not await self._was_returned():
            await self._wait("a return by the bank", min(withdrawal.wait_s, ASK_EVERY.total_seconds()))

    async def _was_returned(self) -> bool:
        answer: ReturnAnswer = await workflow.execute_activity_method(
            WithdrawalActivities.ask_for_return, self._ref, summary="has the bank sent it back?", **BANK
        )
        if answer.returned:
            await workflow.execute_activity_method(
                WithdrawalActivities.record_return, answer, summary="book it back into the wallet", **TRANSACTION
            )
        return answer.returned

    async def _end(self) -> None:
        await workflow.execute_activity_method(
            WithdrawalActivities.end_withdrawal,
            self._ref,
            summary="its time is over, if the database's clock says so",
            **TRANSACTION,
        )

    async def _cancel(self) -> None:
        await workflow.execute_activity_method(
            WithdrawalActivities.cancel_withdrawal, self._ref, summary="cancelled from outside", **TRANSACTION
        )

    async def _wait(self, for_: str, at_most_s: float) -> None:
        """Waits for news. When weeks of it have filled a history, a new run goes on from the same rows."""
        await self._latch.wait(for_, at_most_s)
        if workflow.info().is_continue_as_new_suggested():
            workflow.continue_as_new(self._order)

    async def _look(self) -> WithdrawalView:
        self._latch.arm()
        withdrawal: WithdrawalView = await workflow.execute_activity_method(
            WithdrawalActivities.look_at_withdrawal, self._ref, summary="where does it stand?", **TRANSACTION
        )
        workflow.set_current_details(withdrawal_words(self._order, withdrawal))
        return withdrawal
