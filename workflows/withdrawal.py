"""The withdrawal's story: the owner's code, the bank's payout, the end of the hold, a watch for returns."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from temporalio import workflow

from workflows.policies import BANK, TRANSACTION
from workflows.story import Story

with workflow.unsafe.imports_passed_through():
    from activities.withdrawal import WithdrawalActivities
    from domain.withdrawals import WithdrawalState
    from payloads.withdrawal import WithdrawalOrder, WithdrawalRef, WithdrawalView

# How often the bank is asked for a return without a webhook: a week of it fits a history.
ASK_EVERY = timedelta(hours=12)

_WORDS = {
    WithdrawalState.AWAITING_CODE: "Held in the wallet; the owner has not entered the code",
    WithdrawalState.PAYING: "Confirmed; the bank is asked to pay it out",
    WithdrawalState.AWAITING_FUNDS: "Confirmed; our guarantee account at the bank has too little to pay it",
    WithdrawalState.PAID: "Paid out; the bank may still send it back",
    WithdrawalState.DONE: "Paid out",
    WithdrawalState.RETURNED: "Sent back by the bank, and in the wallet again",
    WithdrawalState.REFUSED: "Refused by the bank, and free in the wallet again",
    WithdrawalState.CANCELLED: "Cancelled by its owner, and free in the wallet again",
    WithdrawalState.EXPIRED: "No code came in time: free in the wallet again",
}


@workflow.defn(name="Withdrawal")
class WithdrawalWorkflow:
    """One withdrawal. The hold came with its row; every step is a row again, so it may be restarted at any point."""

    @workflow.init
    def __init__(self, order: WithdrawalOrder) -> None:
        self._order = order
        self._ref = WithdrawalRef(order.withdrawal_id)
        self._story = Story(order)

    @workflow.signal
    def wake(self) -> None:
        """Something about this withdrawal was recorded, or the bank has news: look again."""
        self._story.wake()

    @workflow.run
    async def run(self, order: WithdrawalOrder) -> WithdrawalView:
        story = asyncio.create_task(self._tell())
        try:
            return await asyncio.shield(story)
        except asyncio.CancelledError:
            # Before the code it frees the money; after it the bank was asked, and the story continues to its end.
            await self._cancel()
            self._story.wake()
            return await story

    async def _tell(self) -> WithdrawalView:
        withdrawal = await self._resume()
        if withdrawal.state == WithdrawalState.DONE:  # the bank has called back after all
            withdrawal = await self._was_returned()
        while not withdrawal.final:
            if withdrawal.state == WithdrawalState.PAYING:
                withdrawal = await self._pay_out()
            elif withdrawal.state == WithdrawalState.PAID:
                withdrawal = await self._watch()
            else:
                funds = withdrawal.state == WithdrawalState.AWAITING_FUNDS
                for_ = "money on our own account at the bank" if funds else "the owner's code"
                await self._story.wait(for_, withdrawal.wait_s)
                withdrawal = await self._resume()
        return withdrawal

    async def _pay_out(self) -> WithdrawalView:
        """The bank pays, by key. An unknown result is asked about; only a refusal frees the hold.

        A refusal because our own account there has too little frees nothing: it is asked again, under a new number.
        """
        summary = f"have bank {self._order.bank_id} pay {self._order.amount}"
        return await self._take(WithdrawalActivities.pay_out, summary, BANK)

    async def _watch(self) -> WithdrawalView:
        """Asks whether the bank has returned it: now, after each of its webhooks, and at the end of the time for it."""
        withdrawal = await self._was_returned()
        if withdrawal.state == WithdrawalState.PAID:
            await self._story.wait("a return by the bank", min(withdrawal.wait_s, ASK_EVERY.total_seconds()))
        return withdrawal

    async def _was_returned(self) -> WithdrawalView:
        return await self._take(
            WithdrawalActivities.ask_for_return, f"has bank {self._order.bank_id} sent it back?", BANK
        )

    async def _cancel(self) -> None:
        await workflow.execute_activity_method(
            WithdrawalActivities.cancel_withdrawal, self._ref, summary="cancelled from outside", **TRANSACTION
        )

    async def _resume(self) -> WithdrawalView:
        return await self._take(
            WithdrawalActivities.resume_withdrawal, "is there a code, or is its time over?", TRANSACTION
        )

    async def _take(self, step: Any, summary: str, policy: dict[str, Any]) -> WithdrawalView:
        withdrawal: WithdrawalView = await self._story.take(step, self._ref, summary, policy)
        self._story.show(_words(self._order, withdrawal))
        return withdrawal


def _words(order: WithdrawalOrder, withdrawal: WithdrawalView) -> str:
    """Markdown for the current details of a withdrawal's workflow."""
    lines = [
        f"### {_WORDS[WithdrawalState(withdrawal.state)]}",
        f"- **{order.amount}** and a fee of {order.fee}, from wallet `{order.wallet_id}` to bank {order.bank_id}",
    ]
    if withdrawal.state == WithdrawalState.AWAITING_FUNDS:
        lines.append(
            f"- **An operator should look**: bank {order.bank_id} needs {order.amount}, and the fee, on the guarantee "
            "account. The money is safe in the wallet's hold; a deposit there gets it paid at once."
        )
    if withdrawal.flagged:
        lines.append("- **An operator should look**: the bank gave no answer for too long, or contradicts itself.")
    return "\n".join(lines)
