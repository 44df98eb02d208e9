"""Activities belong to the request that woke their workflow last: the workflow hands its header on, unread.

Lines that the workflow itself logs name that request too. What the redriver wakes comes from no request.
"""

from __future__ import annotations

import logging
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

from temporalio import workflow
from temporalio.api.common.v1 import Payload
from temporalio.worker import (
    ContinueAsNewInput,
    ExecuteWorkflowInput,
    HandleSignalInput,
    HandleUpdateInput,
    StartActivityInput,
    StartLocalActivityInput,
    WorkflowInboundInterceptor,
    WorkflowOutboundInterceptor,
)

from payloads.origin import HEADER, REQUEST, Headers, origin_of


@dataclass(slots=True)
class _Newest:
    headers: dict[str, Payload] = field(default_factory=dict)

    def remember(self, headers: Headers) -> None:
        self.headers = {name: value for name, value in headers.items() if name == HEADER}
        _NEWEST.set(self)


_NEWEST: Final[ContextVar[_Newest]] = ContextVar("newest_origin")
"""That of the workflow whose code is running: a story or a handler sets it, tasks that these start inherit it."""


class RequestOfWorkflow(logging.Filter):
    """On Temporal's logger of workflows: adds the request to what each line knows of its workflow."""

    def filter(self, record: logging.LogRecord) -> bool:
        details, newest = getattr(record, "temporal_workflow", None), _NEWEST.get(None)
        if details is not None and newest is not None and (request := origin_of(newest.headers).get(REQUEST)):
            details[REQUEST] = request  # the SDK makes these details anew for each line
        return True


class OriginsOfWorkflow(WorkflowInboundInterceptor):
    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        self._newest = _Newest()
        super().init(_Handing(outbound, self._newest))

    async def execute_workflow(self, input: ExecuteWorkflowInput) -> Any:  # noqa: A002  # the SDK's name
        self._newest.remember(input.headers)
        return await super().execute_workflow(input)

    async def handle_signal(self, input: HandleSignalInput) -> None:  # noqa: A002  # the SDK's name
        self._newest.remember(input.headers)
        await super().handle_signal(input)

    async def handle_update_handler(self, input: HandleUpdateInput) -> Any:  # noqa: A002  # the SDK's name
        self._newest.remember(input.headers)
        return await super().handle_update_handler(input)


class _Handing(WorkflowOutboundInterceptor):
    def __init__(self, inner: WorkflowOutboundInterceptor, newest: _Newest) -> None:
        super().__init__(inner)
        self._newest = newest

    def start_activity(self, input: StartActivityInput) -> workflow.ActivityHandle[Any]:  # noqa: A002  # the SDK's name
        input.headers = {**input.headers, **self._newest.headers}
        return super().start_activity(input)

    def start_local_activity(self, input: StartLocalActivityInput) -> workflow.ActivityHandle[Any]:  # noqa: A002  # the SDK's name
        input.headers = {**input.headers, **self._newest.headers}
        return super().start_local_activity(input)

    def continue_as_new(self, input: ContinueAsNewInput) -> NoReturn:  # noqa: A002  # the SDK's name
        input.headers = {**input.headers, **self._newest.headers}
        super().continue_as_new(input)
