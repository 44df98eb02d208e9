"""How any story sends what it has ordered: step after step, until the chain has decided."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from temporalio import workflow
from temporalio.common import RetryPolicy

from workflows.story import Story

with workflow.unsafe.imports_passed_through():
    from activities.outgoing import OutgoingActivities
    from domain.outgoing import OutgoingState, OutgoingStep
    from payloads.outgoing import OutgoingRef, OutgoingView

# One exchange with node and signer, of which each may take its own time-out. While a transaction is in no solidified
# block, which takes a minute, the step fails and is tried again: asking must not fill a history.
CHAIN: Final[dict[str, Any]] = {
    "start_to_close_timeout": timedelta(seconds=40),
    "heartbeat_timeout": timedelta(seconds=4),
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(seconds=1), backoff_coefficient=2, maximum_interval=timedelta(seconds=30)
    ),
}

SUMMARIES: Final = {
    OutgoingStep.BUILD: "build the transaction",
    OutgoingStep.SIGN: "have the signer sign it",
    OutgoingStep.BROADCAST: "give it to a node",
    OutgoingStep.ASK: "what does the solidified chain say?",
}
WORDS: Final = {
    OutgoingState.ORDERED: "to be built",
    OutgoingState.PREPARED: "built; the signer is asked to sign it",
    OutgoingState.SIGNED: "signed; not sent yet",
    OutgoingState.SENT: "sent; the solidified chain is asked about it",
    OutgoingState.DONE: "done",
    OutgoingState.FAILED: "failed on the chain",
    OutgoingState.DROPPED: "dropped: it expired before a block took it",
    OutgoingState.REFUSED: "refused by the signer",
}


async def send(story: Story, what: str, sending: OutgoingView) -> OutgoingView:
    """Takes the steps of what was ordered until its newest number is final. `what` is for the Temporal UI.

    When the signer's limit of the day is reached it waits, an hour at most at a time.
    """
    while not sending.final:
        if sending.wait_s > 0:
            await story.wait("the signer's limit of the day", sending.wait_s)
        step = OutgoingStep(sending.step or OutgoingStep.ASK)
        ref = OutgoingRef(sending.about, name=step)
        sending = await story.take(OutgoingActivities.advance_outgoing, ref, f"{what}: {SUMMARIES[step]}", CHAIN)
    return sending


def words(sending: OutgoingView) -> list[str]:
    """Markdown lines for the current details."""
    lines = [f"- transaction {sending.number}: {WORDS[OutgoingState(sending.state)]}"]
    if sending.txid:
        lines.append(f"- id on the chain: `{sending.txid}`")
    if sending.wait_s > 0:
        lines.append("- **The signer's limit of the day is reached**: it goes on by itself; an operator may raise it")
    elif sending.flagged:
        lines.append("- **An operator should look** at this transaction, node or signer")
    return lines
