"""A step that a limit of the bank puts off waits as an activity: operators see its next try, a webhook hurries it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from payloads.step import StepInput


class Delays(Interceptor):
    """Has an activity wait before its first try for as long as its input says."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002  # the SDK's name
        return _Waiting(next)


class _Waiting(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002  # the SDK's name
        about = input.args[0] if input.args else None
        if isinstance(about, StepInput) and about.put_off_s is not None and _is_first_try():
            raise ApplicationError(
                "put off by a limit of the bank",
                type="PutOff",
                category=ApplicationErrorCategory.BENIGN,
                next_retry_delay=timedelta(seconds=about.put_off_s),
            )
        return await self.next.execute_activity(input)


def _is_first_try() -> bool:
    # A webhook restarts the count of tries, but not the time since the first.
    info = activity.info()
    return info.attempt == 1 and info.current_attempt_scheduled_time == info.scheduled_time
