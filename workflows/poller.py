"""The story of every poller: wait until something needs work, do it, and wait again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, NoReturn

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, is_cancelled_exception

from workflows.policies import WAITING

with workflow.unsafe.imports_passed_through():
    from payloads.poller import PollOrder

# A failure is due again at the next look; a long retry of this one would only be in its way.
_ONCE_MORE = RetryPolicy(maximum_attempts=2)
# One run lasts so long, or until its history is long: the list of workflows is the operators', and belongs to deals.
LASTS = timedelta(days=1)


async def poll(order: PollOrder, once: Callable[[PollOrder], Awaitable[PollOrder]]) -> NoReturn:
    """`once` waits, works, and returns how to wait next. A schedule restarts a run that has ended in another way."""
    ends_at = workflow.now() + LASTS
    while workflow.now() < ends_at and not workflow.info().is_continue_as_new_suggested():
        order = await once(order)
    workflow.continue_as_new(order)


async def work(activity: Any, summary: str, within: timedelta = timedelta(minutes=2)) -> int:
    """How many rows the activity has worked on. When it fails the others are done all the same."""
    try:
        done: int = await workflow.execute_activity_method(
            activity,
            start_to_close_timeout=within,
            heartbeat_timeout=WAITING["heartbeat_timeout"],
            retry_policy=_ONCE_MORE,
            summary=summary,
        )
    except ActivityError as error:
        if is_cancelled_exception(error):
            raise
        workflow.logger.warning("%s: failed", summary)
        return 0
    return done
