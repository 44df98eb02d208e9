"""Logs and traces of the worker: what an activity does is under the names of its workflow, rows and request.

A failure that nobody foresaw is logged as an error, as one of a request is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import structlog
from temporalio import activity, workflow
from temporalio.exceptions import FailureError
from temporalio.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    Interceptor,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
)

from activities.origins import OriginsOfWorkflow, RequestOfWorkflow
from edge import logs, tracing
from edge.startup import explain
from payloads.origin import REQUEST, origin_of

log = structlog.get_logger()

_REQUEST_OF_WORKFLOW: Final = RequestOfWorkflow()


class ActivityLogs(Interceptor):
    """Binds workflow id, activity, attempt, request. Each activity is a task of its own: nothing has to be unbound."""

    def __init__(self) -> None:
        # Both are fields of the line.
        activity.logger.activity_info_on_message = False
        workflow.logger.workflow_info_on_message = False
        workflow.logger.logger.addFilter(_REQUEST_OF_WORKFLOW)  # once, however many workers a process has

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002  # the SDK's name
        return _Bound(next)

    def workflow_interceptor_class(self, input: WorkflowInterceptorClassInput) -> type[WorkflowInboundInterceptor]:  # noqa: A002  # the SDK's name
        return OriginsOfWorkflow


class _Bound(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002  # the SDK's name
        info = activity.info()
        whose = {"workflow": info.workflow_id, "activity": info.activity_type, "attempt": info.attempt}
        rows, origin = rows_of(input.args), origin_of(input.headers)
        request = {REQUEST: origin[REQUEST]} if REQUEST in origin else {}
        logs.bind(**rows | whose | request)
        with tracing.continuing(origin, info.activity_type, rows | {"workflow": str(info.workflow_id)}):
            try:
                return await self.next.execute_activity(input)
            except Exception as error:
                # A step is tried again and again: the first time shows as much as all others.
                if info.attempt == 1 and not isinstance(error, FailureError) and explain(error) is None:
                    log.error("unexpected", error=type(error).__name__, exc_info=error)
                raise


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
