"""The withdrawal's story: the owner's code, the payout by bank or chain, the end of the hold, a watch for returns."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from temporalio import workflow

from workflows.attributes import FLAGGED, WITHDRAWAL_STATE
from workflows.policies import BANK, TRANSACTION
from workflows.sending import CHAIN, send, words
from workflows.story import Story

with workflow.unsafe.imports_passed_through():
    from activities.withdrawal import WithdrawalActivities
    from activities.withdrawal_transfer import WithdrawalTransferActivities
    from domain.withdrawals import WithdrawalState
    from payloads.withdrawal import WithdrawalOrder, WithdrawalRef, WithdrawalView

# How often the bank is asked for a return without a webhook: a week of it fits a history.
ASK_EVERY = timedelta(hours=12)

# Of a withdrawal to an address, where other words are right.
_CHAIN_WORDS = {
    WithdrawalState.PAYING: "Confirmed; its transaction is on its way into a solidified block",
    WithdrawalState.AWAITING_FUNDS: "Confirmed; its transaction failed, or the main wallet has too little for it",
    WithdrawalState.REFUSED: "Refused by the signer or an approver, and free in the wallet again",
}
_WORDS = {
    WithdrawalState.AWAITING_CODE: "Held in the wallet; the owner has not entered the code",
    WithdrawalState.AWAITING_APPROVAL: "Confirmed; an approver has to agree to so much",
    WithdrawalState.PAYING: "Confirmed; the bank is asked to pay it out",
    WithdrawalState.AWAITING_FUNDS: "Confirmed; our guarantee account at the bank has too little to pay it",
    WithdrawalState.PAID: "Paid out; the bank may still send it back",
    WithdrawalState.DONE: "Paid out",
    WithdrawalState.RETURNED: "Sent back by the bank, and in the wallet again",
    WithdrawalState.REFUSED: "Refused by the bank, and free in the wallet again",
    WithdrawalState.CANCELLED: "Cancelled by its owner, and free in the wallet again",
    WithdrawalState.EXPIRED: "No code came in time: free in the wallet again",
}

_AWAITED = {
    WithdrawalState.AWAITING_CODE: "the owner's code",
    WithdrawalState.AWAITING_APPROVAL: "an approver",
    WithdrawalState.AWAITING_FUNDS: "our own money",
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
        if withdrawal.state == WithdrawalState.DONE:  # the bank has returned it after all
            withdrawal = await self._was_returned()
        while not withdrawal.final:
            if withdrawal.state == WithdrawalState.PAYING:
                withdrawal = await (self._pay_out() if self._order.gateway is None else self._send())
            elif withdrawal.state == WithdrawalState.PAID:
                withdrawal = await self._watch()
            else:
                await self._story.wait(_AWAITED[WithdrawalState(withdrawal.state)], withdrawal.wait_s)
                withdrawal = await self._resume()
        self._story.publish()
        return withdrawal

    async def _pay_out(self) -> WithdrawalView:
        """The bank pays, by key. An unknown result is asked about; only a refusal frees the hold.

        A refusal because our own account there has too little frees nothing: it is asked again, under a new number.
        """
        summary = f"have bank {self._order.bank_id} pay {self._order.amount}"
        return await self._take(WithdrawalActivities.pay_out, summary, BANK)

    async def _send(self) -> WithdrawalView:
        """One transaction at a time. A dropped one is followed by another; after a failed one the money waits, held."""
        what = f"send {self._order.amount}"
        withdrawal = await self._take(WithdrawalTransferActivities.order_transfer, f"{what}: order it", CHAIN)
        if withdrawal.state == WithdrawalState.PAYING and withdrawal.sending is not None:
            await send(self._story, what, withdrawal.sending)
            withdrawal = await self._resume()
        return withdrawal

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
        shown = (WITHDRAWAL_STATE, withdrawal.state), (FLAGGED, withdrawal.flagged)
        self._story.show(_words(self._order, withdrawal), *shown)
        return withdrawal


def _words(order: WithdrawalOrder, withdrawal: WithdrawalView) -> str:
    """Markdown for the current details of a withdrawal's workflow."""
    state, to_address = WithdrawalState(withdrawal.state), order.gateway is not None
    said = _CHAIN_WORDS.get(state, _WORDS[state]) if to_address else _WORDS[state]
    where = "an address on TRON" if to_address else f"bank {order.bank_id}"
    lines = [
        f"### {said}",
        f"- **{order.amount}** and a fee of {order.fee}, from wallet `{order.wallet_id}` to {where}",
    ]
    if withdrawal.sending is not None:
        lines += words(withdrawal.sending)
    if state == WithdrawalState.AWAITING_APPROVAL:
        lines.append("- **An approver should decide**: `POST /api/v1/withdrawals/{id}/approval`")
    if state == WithdrawalState.AWAITING_FUNDS and not to_address:
        lines.append(
            f"- **An operator should look**: bank {order.bank_id} needs {order.amount}, and the fee, on the guarantee "
            "account. The money is safe in the wallet's hold; a deposit there gets it paid at once."
        )
    if withdrawal.flagged and not to_address:
        lines.append("- **An operator should look**: the bank gave no answer for too long, or contradicts itself.")
    return "\n".join(lines)
