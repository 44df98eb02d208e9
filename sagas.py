"""The only user of the Temporal client: starts and signals workflows, and lets `schedules.py` keep schedules.

Rows are the commands. A lost signal only costs time: the redriver signals again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from prometheus_client import Counter
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import ListWorkflowExecutionsRequest, ResetActivityRequest
from temporalio.client import (
    Client,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowHistory,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.converter import DataConverter
from temporalio.envconfig import ClientConfig
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import GrpcCompression, RPCError, RPCStatusCode

from domain import keys
from domain.errors import NoAnswer
from edge.startup import WrongSettings, require_address
from encryption import converter
from market.forced_results import order_of, target_of
from market.nouns import NOUNS, Noun, noun_named, noun_of
from origins import Origins
from payloads.override import OverrideResponse
from payloads.payment import Hint
from payloads.redriver import RedriveOrder, RedriveReport
from schedules import keep_schedules
from store.base import WorkflowRow
from store.deals.deals import Deal
from store.payments.overrides import Override
from store.payments.payments import Payment
from workflows.attributes import typed
from workflows.policies import TASK_TIMEOUT

log = structlog.get_logger()

NOT_REACHED: Final = Counter("holdfast_temporal_not_reached", "Signals and questions that did not reach Temporal.")

# The API signals after its commit and must not make a browser wait for Temporal.
RPC_TIMEOUT = timedelta(seconds=3)
PAGE = 1000  # workflows of Temporal's list; its own limit
LIST_TIMEOUT = timedelta(seconds=30)  # of a page; nobody waits for it
_WHOLE_REDRIVE = f"{keys.REDRIVER_WORKFLOW}/everything"


class NotDone(NoAnswer):
    """The requested redriver did not report back; the message says why. Open rows lose nothing by it."""


async def connect(keys: Sequence[bytes], *, lazy: bool) -> Client:
    """A client from `TEMPORAL_…` variables or the profile file; with `keys` it encrypts what Temporal stores.

    A lazy one connects on first use, and again after faults; a worker needs a connected one. Raises RuntimeError when
    Temporal is not reached, and `WrongSettings`.
    """
    try:
        config = ClientConfig.load_client_connect_config()
    except RuntimeError as error:
        raise WrongSettings(f"settings of Temporal: {error}") from None
    if "target_host" not in config:
        raise WrongSettings("settings missing: TEMPORAL_ADDRESS")
    require_address("TEMPORAL_ADDRESS", config["target_host"])
    # Compression costs more than it saves where Temporal is near, as it should be.
    return await Client.connect(
        **config,
        lazy=lazy,
        grpc_compression=GrpcCompression.NONE,
        interceptors=[Origins()],
        data_converter=converter(keys),
    )


class TemporalNotReached(NoAnswer):
    """Temporal did not answer a question about workflows; the message gives the reason."""


class Sagas:
    """Starts and signals the workflows of one task queue."""

    def __init__(self, client: Client, task_queue: str, *, restart_ended: bool = False) -> None:
        self._client = client
        self._task_queue = task_queue
        self._restart_ended = restart_ended

    def restarting(self) -> Sagas:
        """The same, but also restarts a completed workflow: its row was restored from an earlier copy."""
        return Sagas(self._client, self._task_queue, restart_ended=True)

    async def wake(self, row: WorkflowRow, deal: Deal | None = None, hint: Hint | None = None) -> bool:
        """Signals the row's workflow and starts it if it is not running; `hint` says what was recorded.

        `deal` is the row's, if it belongs to one. False when Temporal was not reached. A completed workflow is not
        started again, except those that may return (`market.nouns`).
        """
        return await self._start(noun_of(row), row, deal, [] if hint is None else [hint])

    async def start(self, row: WorkflowRow, deal: Deal | None = None) -> bool:
        """Starts the row's workflow if it is not running. A running one gets no event. Otherwise as `wake`."""
        return await self._start(noun_of(row), row, deal, None)

    async def send_override(self, override: Override, deal: Deal, payment: Payment | None) -> OverrideResponse | None:
        """Sends an override to its workflow as an update; None when it was not reached and is signalled."""
        try:
            await self._client.get_workflow_handle(target_of(override)).execute_update(
                "override",
                order_of(deal, override),
                id=keys.override_workflow(str(override.id)),
                result_type=str,
                rpc_timeout=RPC_TIMEOUT,
            )
        except WorkflowUpdateFailedError as error:
            code = error.cause.type if isinstance(error.cause, ApplicationError) else None
            return OverrideResponse(code or "not_taken")
        except (RPCError, RuntimeError, WorkflowUpdateRPCTimeoutOrCancelledError) as error:
            log.warning("override_not_sent", override=str(override.id), error=type(error).__name__)
            await self.wake(payment or deal, deal)
            return None
        return OverrideResponse()

    async def ask_again(self, table: type[WorkflowRow], row_id: UUID) -> bool:
        """Has the workflow of a row ask its bank now: a waiting question is asked at once.

        False when Temporal was not reached: then it asks at its scheduled time. Without a waiting question nothing
        happens.
        """
        workflow_id = noun_named(table.__tablename__).workflow_id(row_id)
        request = ResetActivityRequest(
            namespace=self._client.namespace,
            execution=WorkflowExecution(workflow_id=workflow_id),
            match_all=True,
        )
        try:
            await self._client.workflow_service.reset_activity(request, retry=True, timeout=RPC_TIMEOUT)
        except (RPCError, RuntimeError) as error:
            if isinstance(error, RPCError) and error.status == RPCStatusCode.NOT_FOUND:
                return True  # no such workflow, or none that runs: the rows have the end of the story
            NOT_REACHED.inc()
            log.warning("temporal_not_reached", workflow=workflow_id, error=type(error).__name__)
            return False
        return True

    async def keep_schedules(self, every_s: Mapping[str, int], *, renew: bool) -> bool:
        """Creates missing schedules (`schedules.WORKFLOWS`); False when Temporal was not reached.

        With `renew` the others get these intervals. The cause of a missing schedule may have removed workflows too:
        when one was missing, everything open is signalled, due or not.
        """
        try:
            made = await keep_schedules(self._client, self._task_queue, every_s, renew=renew, within=RPC_TIMEOUT)
            if made:
                log.warning("schedules_made", schedules=made)
                await self._begin_now("Redrive", [RedriveOrder(everything=True)], _WHOLE_REDRIVE)
        except (RPCError, RuntimeError) as error:
            log.warning("schedules_not_kept", error=str(error))
            return False
        return True

    async def redrive_now(self, *, within_s: float, restart_ended: bool = False) -> RedriveReport:
        """Signals every open deal and payment, due or not, and returns the count. Raises `NotDone`."""
        id_ = f"{keys.REDRIVER_WORKFLOW}/restart" if restart_ended else _WHOLE_REDRIVE
        order = RedriveOrder(everything=True, restart_ended=restart_ended)
        report: RedriveReport = await self._run_now("Redrive", [order], id_, RedriveReport, within_s)
        return report

    async def copy_directory_now(self, *, within_s: float) -> int:
        """Copies banks and fees from the bank client and returns the number of fees. Raises `NotDone`."""
        fees: int = await self._run_now("CopyDirectory", [], f"{keys.DIRECTORY_WORKFLOW}/now", int, within_s)
        return fees

    async def _run_now(self, workflow: str, orders: list[Any], id_: str, result: type, within_s: float) -> Any:
        """The result of one of our workflows; a running one is joined."""
        try:
            async with asyncio.timeout(within_s):
                return await (await self._begin_now(workflow, orders, id_, result)).result()
        except TimeoutError:
            raise NotDone(f"no report after {within_s:g} s; is a worker running?") from None
        except (RPCError, RuntimeError):
            raise NotDone("Temporal was not reached") from None
        except WorkflowFailureError as error:
            raise NotDone(f"{workflow} failed: {error.cause}") from None

    async def _begin_now(
        self, workflow: str, orders: list[Any], id_: str, result: type | None = None
    ) -> WorkflowHandle[Any, Any]:
        return await self._client.start_workflow(
            workflow,
            args=orders,
            id=id_,
            task_queue=self._task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            result_type=result,
            rpc_timeout=RPC_TIMEOUT,
        )

    async def open_workflow_ids(self) -> set[str]:
        """Ids of nouns' running workflows, a second late (`workflow_status` is not). Raises `TemporalNotReached`."""
        types = ", ".join(f"'{noun.workflow}'" for noun in NOUNS)
        query = f"ExecutionStatus = 'Running' AND TaskQueue = '{self._task_queue}' AND WorkflowType IN ({types})"
        # The SDK's own list makes an object of each workflow. Plain calls are repeated only with `retry`, even one
        # that was cut off because Temporal closes each connection after some minutes.
        listing = self._client.workflow_service.list_workflow_executions
        request = ListWorkflowExecutionsRequest(namespace=self._client.namespace, page_size=PAGE, query=query)
        found: set[str] = set()
        try:
            while True:
                page = await listing(request, retry=True, timeout=LIST_TIMEOUT)
                found.update(listed.execution.workflow_id for listed in page.executions)
                if not page.next_page_token:
                    return found
                request.next_page_token = page.next_page_token
        except (RPCError, RuntimeError) as error:
            raise TemporalNotReached(f"Temporal did not list its workflows: {error}") from None

    async def open_histories(self) -> AsyncIterator[WorkflowHistory]:
        """Of every workflow of our task queue that runs. Raises `TemporalNotReached`."""
        query = f"ExecutionStatus = 'Running' AND TaskQueue = '{self._task_queue}'"
        try:
            async for history in self._client.list_workflows(query, page_size=PAGE).map_histories():
                yield history
        except (RPCError, RuntimeError) as error:
            raise TemporalNotReached(f"Temporal did not give the histories: {error}") from None

    @property
    def converter(self) -> DataConverter:
        return self._client.data_converter

    async def workflow_status(self, workflow_id: str) -> str | None:
        """The status of the newest run (`RUNNING`, `COMPLETED`, `TERMINATED`, …) now; None for an unknown id.

        Raises `TemporalNotReached`.
        """
        try:
            description = await self._client.get_workflow_handle(workflow_id).describe(rpc_timeout=RPC_TIMEOUT)
        except (RPCError, RuntimeError) as error:
            if isinstance(error, RPCError) and error.status == RPCStatusCode.NOT_FOUND:
                return None
            raise TemporalNotReached(f"Temporal did not describe {workflow_id}: {error}") from None
        return description.status.name if description.status else None

    async def terminate(self, workflow_id: str, why: str) -> None:
        """Ends a workflow at once; does nothing if it has ended already. Raises `TemporalNotReached`."""
        try:
            await self._client.get_workflow_handle(workflow_id).terminate(reason=why, rpc_timeout=RPC_TIMEOUT)
        except (RPCError, RuntimeError) as error:
            if not (isinstance(error, RPCError) and error.status == RPCStatusCode.NOT_FOUND):
                raise TemporalNotReached(f"Temporal did not end {workflow_id}: {error}") from None

    async def ready(self) -> bool:
        """Whether Temporal answers now."""
        try:
            return await self._client.service_client.check_health(timeout=RPC_TIMEOUT)
        except (RPCError, RuntimeError):
            return False

    async def _start(self, noun: Noun, row: WorkflowRow, deal: Deal | None, signal: Sequence[Hint] | None) -> bool:
        """Starts the row's workflow unless it runs, and signals it with `signal`, unless None."""
        start = noun.start(self._client.namespace, deal, row)
        # After a terminate or a cancel the rows decide; after a completed run there is nothing left to do.
        once_more = self._restart_ended or noun.may_come_back(row)
        reuse = WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY
        workflow_id = noun.workflow_id(row.id)
        try:
            await self._client.start_workflow(
                noun.workflow,
                start.order,
                id=workflow_id,
                task_queue=self._task_queue,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE if once_more else reuse,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                start_signal=None if signal is None else "wake",
                start_signal_args=signal or [],
                static_summary=start.summary,
                static_details=start.details,
                search_attributes=typed(start.attributes),
                task_timeout=TASK_TIMEOUT,
                rpc_timeout=RPC_TIMEOUT,
            )
        except WorkflowAlreadyStartedError:
            return True
        except (RPCError, RuntimeError) as error:  # a lazy client raises RuntimeError while it cannot connect
            NOT_REACHED.inc()
            log.warning("temporal_not_reached", workflow=workflow_id, error=type(error).__name__)
            return False
        return True
