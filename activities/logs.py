"""Logs of the worker: records of activities, and the SDK's records about them, name workflow, attempt and rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from temporalio import activity, workflow
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from edge import logs


class ActivityLogs(Interceptor):
    """Binds workflow id, activity and attempt. Each activity is a task of its own: nothing has to be unbound."""

    def __init__(self) -> None:
        # Both are fields of the line.
        activity.logger.activity_info_on_message = False
        workflow.logger.workflow_info_on_message = False

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002  # the SDK's name
        return _Bound(next)


class _Bound(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002  # the SDK's name
        info = activity.info()
        whose = {"workflow": info.workflow_id, "activity": info.activity_type, "attempt": info.attempt}
        logs.bind(**rows_of(input.args) | whose)
        return await self.next.execute_activity(input)


def rows_of(inputs: Iterable[object]) -> dict[str, str]:
    """The rows that an activity is about, by its input: `deal`, `payment` and so on."""
    return logs.rows_of(
        {
            name: value
            for one in inputs
            for name, value in getattr(one, "__dict__", {}).items()
            if isinstance(value, str)
        }
    )
