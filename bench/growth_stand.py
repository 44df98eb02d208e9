"""A stack whose market grows: open and closed deals by SQL, workflows for some of them, and more programs."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select, text
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import GrpcCompression

from bench import cpu
from bench.copies import Copier, copier
from bench.flight import in_flight
from bench.market import MarketLoad, market_load
from bench.payments import stack
from demo.world import World, make_world
from devstack.ports import free_port
from devstack.postgres import SUPERUSER
from devstack.programs import PROGRAMS
from devstack.site import ROOT
from devstack.stack import Stack
from edge.database import Database
from market.nouns import noun_of
from sagas import Sagas
from store.deals.deals import Deal

BANKS = 2
BUYERS_PER_CLIENT = 3
STARTED_AT_ONCE = 32
TASK_QUEUE = "holdfast"
WITHIN_S = 1800.0
LOOK_EVERY_S = 0.5
# Several API programs share a port; nothing is redriven but when it is measured.
CHANGES = {"HOLDFAST_API_REUSE_PORT": "true"}
METRICS = ("HOLDFAST_API_METRICS_PORT", "HOLDFAST_WORKER_METRICS_PORT", "HOLDFAST_TEMPORAL_METRICS_PORT")
ASKED_ABOUT = 200  # of the workflows that should sleep, however many there are
_UNTOLD = text(
    "SELECT (SELECT count(*) FROM notices WHERE told_at IS NULL)"
    " + (SELECT count(*) FROM mails WHERE sealed IS NOT NULL)"
)


@dataclass
class Stand:
    """`parts` are the processes that are measured. Of the `open` deals, `asleep` have a workflow that waits."""

    real: int
    started: Stack
    world: World
    database: Database
    client: Client
    copier: Copier
    parts: dict[str, int]
    template: str = ""
    open: int = 0
    asleep: int = 0
    closed: int = 0
    woken_per_s: float = 1.0
    """How fast the last deals came to sleep."""
    programs: list[asyncio.subprocess.Process] = field(default_factory=list)

    async def load(self, payments: int) -> MarketLoad:
        """Payments of an offer of its own."""
        return await market_load(self.world, self.world.market, self.database, payments)

    async def close(self, deals: int) -> None:
        """Adds ended deals, with everything that a paid deal leaves, as copies of one that was paid."""
        if deals:
            load = await self.load(1)
            paid = await load.bought()
            await load.pay(paid)
            async with asyncio.timeout(WITHIN_S):
                await self._until_told()
            await self.copier.copy_deal(paid.deal, deals, alone=False)
            self.closed += deals

    async def open_up(self, deals: int) -> None:
        """Adds open deals until there are `deals`; the first `real` of all have workflows."""
        more = deals - self.open
        ids = await self.copies(more)
        self.open += more
        asleep = ids[: max(0, self.real - self.asleep)]
        await self.wake(asleep)
        self.asleep += len(asleep)

    async def copies(self, deals: int, **changed: str) -> list[UUID]:
        """More open deals without workflows."""
        if not self.template:
            self.template = (await (await self.load(1)).bought()).deal
        return await self.copier.copy_deal(self.template, deals, alone=True, **changed)

    async def wake(self, ids: Sequence[UUID], within_s: float = WITHIN_S) -> None:
        """Starts the workflows of deals, as the API does after a purchase, and waits until they sleep.

        Raises TimeoutError when they do not.
        """
        begun = time.monotonic()
        sagas = Sagas(self.client, TASK_QUEUE)
        async with self.database.transaction() as session:
            deals = list(await session.scalars(select(Deal).where(Deal.id.in_(ids))))

        async def start(deal: Deal) -> None:
            started = await sagas.wake(deal)
            while not started:  # Temporal has more to do than it can answer in time
                await asyncio.sleep(LOOK_EVERY_S)
                started = await sagas.wake(deal)

        async with asyncio.timeout(within_s):
            await in_flight(deals, STARTED_AT_ONCE, start)
            asleep = False
            while not asleep:
                await asyncio.sleep(LOOK_EVERY_S)
                asleep = await self._asleep(deals)
        if deals:
            self.woken_per_s = len(deals) / (time.monotonic() - begun)

    async def _asleep(self, deals: Sequence[Deal]) -> bool:
        """Whether workers have taken the first task of each, before which Temporal lists it as running."""
        request = DescribeTaskQueueRequest(
            namespace=self.client.namespace,
            task_queue=TaskQueue(name=TASK_QUEUE),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
            report_stats=True,
        )
        queue = await self.client.workflow_service.describe_task_queue(request, retry=True)
        if queue.stats.approximate_backlog_count:
            return False
        for deal in (*deals[:: 1 + len(deals) // ASKED_ABOUT], *deals[-STARTED_AT_ONCE:]):
            found = await self.client.get_workflow_handle(noun_of(deal).workflow_id(deal.id)).describe()
            if found.raw_description.HasField("pending_workflow_task"):
                return False
        return True

    async def grow_programs(self, number: int) -> None:
        """More workers and API programs, until there are `number` of each."""
        site = self.started.site
        for name, port in (("worker", "HOLDFAST_WORKER_PORT"), ("api", "")):
            [program] = [one for one in PROGRAMS if one.name == name]
            for place in range(1 + sum(part.startswith(name) for part in self.parts), number + 1):
                environment = program.environment(site) | ({port: str(free_port())} if port else {})
                environment = {name: value for name, value in environment.items() if name not in METRICS}
                log = site.state.logs / f"{name}-{place}.log"
                with log.open("wb") as lines:
                    process = await asyncio.create_subprocess_exec(
                        sys.executable, "-m", name, stdout=lines, stderr=lines, env=environment, cwd=ROOT
                    )
                self.programs.append(process)
                self.parts[f"{name} {place}"] = process.pid
                async with asyncio.timeout(WITHIN_S):
                    while f"{name}_ready" not in await asyncio.to_thread(log.read_text):
                        assert process.returncode is None, log.read_text()
                        await asyncio.sleep(LOOK_EVERY_S)

    @property
    def worker_kb(self) -> int:
        """Memory of the stack's own worker."""
        return cpu.resident_kb(self.parts["worker"])

    async def _until_told(self) -> None:
        """Until what is to be said about paid deals is sent: copies of it need no work then."""
        waiting = 1
        while waiting:
            await asyncio.sleep(LOOK_EVERY_S)
            async with self.database.transaction() as session:
                waiting = await session.scalar(_UNTOLD) or 0


@asynccontextmanager
async def stand(
    real: int, clients: int, seed: int, *, banks: int = BANKS, changes: Mapping[str, str] = CHANGES
) -> AsyncIterator[Stand]:
    """`changes` are variables of the stack's programs."""
    async with AsyncExitStack() as running:
        started = await running.enter_async_context(stack(**changes))
        world = await make_world(started, banks=banks, clients=clients * BUYERS_PER_CLIENT + 1, seed=seed)
        running.push_async_callback(world.aclose)
        database = Database(started.site.database("market").url, pool_size=2)
        running.push_async_callback(database.close)
        client = await Client.connect(started.site.temporal_address, grpc_compression=GrpcCompression.NONE)
        copies = await copier(started.site.postgres.url("market", SUPERUSER))
        running.push_async_callback(copies.connection.close)
        made = Stand(real, started, world, database, client, copies, dict(started.pids))
        running.push_async_callback(_end, made.programs)
        yield made


async def _end(programs: list[asyncio.subprocess.Process]) -> None:
    for program in programs:
        program.terminate()
    for program in programs:
        await program.wait()
