"""Sends along, with every start, signal and update of a workflow, the request and the trace that caused it."""

from __future__ import annotations

from typing import Any

from temporalio.client import (
    Interceptor,
    OutboundInterceptor,
    StartWorkflowInput,
    StartWorkflowUpdateInput,
    WorkflowHandle,
    WorkflowUpdateHandle,
)

from edge import logs, tracing
from payloads.origin import REQUEST, Headers, with_origin


class Origins(Interceptor):
    """What a workflow does with them says `activities/origins.py`."""

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:  # noqa: A002  # the SDK's name
        return _WithOrigin(next)


class _WithOrigin(OutboundInterceptor):
    async def start_workflow(self, input: StartWorkflowInput) -> WorkflowHandle[Any, Any]:  # noqa: A002  # the SDK's name
        with tracing.beginning(f"wake {input.workflow}", {"workflow": input.id}):
            input.headers = _from_here(input.headers)
            return await super().start_workflow(input)

    async def start_workflow_update(self, input: StartWorkflowUpdateInput) -> WorkflowUpdateHandle[Any]:  # noqa: A002  # the SDK's name
        with tracing.beginning(f"update {input.update}", {"workflow": input.id}):
            input.headers = _from_here(input.headers)
            return await super().start_workflow_update(input)


def _from_here(headers: Headers) -> Headers:
    request_id = logs.request_if_any()
    return with_origin(headers, tracing.place() | ({} if request_id is None else {REQUEST: request_id}))
