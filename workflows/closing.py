"""The closing statement of a deal, compared with its banks: before the deal ends, and after each later refund."""

from __future__ import annotations

from temporalio import workflow

from workflows.policies import BANK, TRANSACTION

with workflow.unsafe.imports_passed_through():
    from activities.closing import ClosingActivities
    from payloads.closing import ClosingView
    from payloads.deal import DealRef

# What differs may come right by itself: a bank that lists an operation late, a correction by hand.
COMPARED_AGAIN_AFTER_S = 300


async def compare_with_the_banks(deal_id: str) -> ClosingView:
    told = await workflow.execute_activity_method(
        ClosingActivities.ask_for_operations, DealRef(deal_id), summary="every operation of this deal", **BANK
    )
    closing: ClosingView = await workflow.execute_activity_method(
        ClosingActivities.record_closing, told, summary="does the closing statement balance?", **TRANSACTION
    )
    return closing
