"""Which build takes which workflows: Temporal's worker deployment, whose versions are the builds of the worker.

Several builds run side by side. One is current: what starts, and every workflow that is not pinned, goes on with it.
Another may be ramping: it gets a part of the workflows, chosen by their ids.
"""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.api.enums.v1 import WorkerDeploymentVersionStatus as Status
from temporalio.api.workflowservice.v1 import (
    DescribeWorkerDeploymentRequest,
    SetWorkerDeploymentCurrentVersionRequest,
    SetWorkerDeploymentRampingVersionRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from domain.errors import NoAnswer

T = TypeVar("T")

WITHOUT_DEPLOYMENT: Final = ""  # as Temporal has it
# The server has the build's task queues confirm; an operator waits for it.
RPC_TIMEOUT: Final = timedelta(seconds=30)
_NOT_NOW: Final = (RPCStatusCode.FAILED_PRECONDITION, RPCStatusCode.NOT_FOUND, RPCStatusCode.INVALID_ARGUMENT)


class NotRouted(NoAnswer):
    """Temporal did not do it; the message says why. Workflows go on as before."""


@dataclass(frozen=True, slots=True)
class Build:
    """A version of the deployment, as Temporal sees it."""

    id: str
    status: str
    """`inactive` (never got work), `current`, `ramping`, `draining` (pinned workflows are open) or `drained`."""
    since: datetime | None
    percent: float | None
    """Of the workflows, while it is ramping."""


class Deployment:
    """The worker deployment `name`. Each method raises `NotRouted`."""

    def __init__(self, client: Client, name: str) -> None:
        self._client = client
        self.name = name

    async def builds(self) -> list[Build]:
        """Newest first; empty before the first worker of this deployment."""
        request = DescribeWorkerDeploymentRequest(namespace=self._client.namespace, deployment_name=self.name)
        try:
            answer = await self._client.workflow_service.describe_worker_deployment(request, timeout=RPC_TIMEOUT)
        except (RPCError, RuntimeError) as error:
            if isinstance(error, RPCError) and error.status == RPCStatusCode.NOT_FOUND:
                return []
            raise _not_routed(error) from None
        info = answer.worker_deployment_info
        ramping = info.routing_config.ramping_deployment_version.build_id
        percent = round(info.routing_config.ramping_version_percentage, 2)
        return [
            Build(
                id=one.deployment_version.build_id,
                status=Status.Name(one.status).removeprefix("WORKER_DEPLOYMENT_VERSION_STATUS_").lower(),
                since=_time(one.routing_update_time, one.drainage_info.last_changed_time, one.create_time),
                percent=percent if one.deployment_version.build_id == ramping else None,
            )
            for one in sorted(info.version_summaries, key=lambda one: one.create_time.ToNanoseconds(), reverse=True)
        ]

    async def make_current(self, build_id: str) -> None:
        """New workflows, and open ones that are not pinned, go on with this build, of which a worker must run.

        `WITHOUT_DEPLOYMENT` is the workers that are not part of a deployment.
        """
        request = SetWorkerDeploymentCurrentVersionRequest(
            namespace=self._client.namespace, deployment_name=self.name, build_id=build_id
        )
        await _routed(self._client.workflow_service.set_worker_deployment_current_version(request, timeout=RPC_TIMEOUT))

    async def ramp(self, build_id: str, percent: float) -> None:
        """So many percent of the workflows go on with this build; with 0 all go on with the current one."""
        request = SetWorkerDeploymentRampingVersionRequest(
            namespace=self._client.namespace,
            deployment_name=self.name,
            build_id=build_id if percent else "",
            percentage=percent,
        )
        await _routed(self._client.workflow_service.set_worker_deployment_ramping_version(request, timeout=RPC_TIMEOUT))


async def _routed(call: Awaitable[T]) -> T:
    try:
        return await call
    except (RPCError, RuntimeError) as error:
        raise _not_routed(error) from None


def _not_routed(error: RPCError | RuntimeError) -> NotRouted:
    if isinstance(error, RPCError) and error.status in _NOT_NOW:
        return NotRouted(f"Temporal refused: {error.message}")
    return NotRouted(f"Temporal was not reached: {error}")


def _time(*found: Timestamp) -> datetime | None:
    """The latest that is set."""
    return max((one.ToDatetime(tzinfo=UTC) for one in found if one.ToNanoseconds()), default=None)
