"""Starts bare deals and payments as the API starts real ones, and times them."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from uuid import uuid4

from temporalio.client import Client, WorkflowHandle
from temporalio.common import TypedSearchAttributes, WorkflowIDConflictPolicy, WorkflowIDReusePolicy

from bench.bare import MAILED, TASK_QUEUE, Pair, View
from bench.bare_worker import READY
from bench.flight import BEGUN_AT_ONCE, in_flight
from devstack.site import ROOT
from sagas import RPC_TIMEOUT
from workflows.attributes import typed
from workflows.policies import TASK_TIMEOUT

START_WITHIN_S = 60.0
STEP_WITHIN_S = 120.0
# The signal arrives while the workflow waits for it, as a person's code does.
TYPING_S = 0.02


class BareLoad:
    """The bare side of the comparison; created by `bare_load`."""

    def __init__(self, client: Client, lines: asyncio.StreamReader, pid: int) -> None:
        self.pid = pid
        self._client = client
        self._lines = lines
        self._mailed: dict[str, asyncio.Event] = {}
        self._numbers = count(1)

    async def arm(self) -> None:
        """Reads which payment awaits a signal, until the worker ends; passes its other output on."""
        while line := (await self._lines.readline()).decode():
            if line.startswith(MAILED):
                self._mailed[line.removeprefix(MAILED).strip()].set()
            else:
                sys.stderr.write(line)

    async def one(self) -> tuple[str, str]:
        """One deal and payment from start to end; returns the ids of their workflows."""
        (pair,) = await self._deals(1)
        await self._pay(pair)
        return pair.deal, pair.payment

    async def round(self, payments: int, clients: int) -> float:
        """Payments per second, with `clients` in flight. The deals are begun before, as in the real rounds."""
        pairs = await self._deals(payments)
        begun = time.monotonic()
        await in_flight(pairs, clients, self._pay)
        return payments / (time.monotonic() - begun)

    async def _deals(self, wanted: int) -> list[Pair]:
        numbers = islice(self._numbers, wanted)
        pairs = [Pair(f"bare-deal/{number}", f"bare-payment/{number}") for number in numbers]
        await in_flight(pairs, BEGUN_AT_ONCE, self._begin)
        return pairs

    async def _begin(self, pair: Pair) -> None:
        await self._start("BareDeal", pair, pair.deal, typed(_attributes(pair) | {"PayBy": _soon()}))

    async def _pay(self, pair: Pair) -> None:
        found = typed(_attributes(pair))
        mailed = self._mailed[pair.payment] = asyncio.Event()
        await self._start("BarePayment", pair, pair.payment, found)
        await asyncio.wait_for(mailed.wait(), STEP_WITHIN_S)
        await asyncio.sleep(TYPING_S)
        await self._start("BarePayment", pair, pair.payment, found, signal="wake")  # the API also signals like this
        await self._client.get_workflow_handle(pair.deal).result()

    async def _start(
        self, workflow: str, pair: Pair, workflow_id: str, found: TypedSearchAttributes, signal: str | None = None
    ) -> WorkflowHandle[object, View]:
        """As `sagas.Sagas` does it."""
        return await self._client.start_workflow(
            workflow,
            pair,
            id=workflow_id,
            task_queue=TASK_QUEUE,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            start_signal=signal,
            static_summary=f"Bare, for {pair.deal}",
            static_details="Nothing stands behind it.",
            search_attributes=found,
            task_timeout=TASK_TIMEOUT,
            rpc_timeout=RPC_TIMEOUT,
            result_type=View,
        )


@asynccontextmanager
async def bare_load(client: Client, environment: Mapping[str, str]) -> AsyncIterator[BareLoad]:
    """With a separate worker process that has the settings of the product's worker."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.bare_worker",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=environment,
        cwd=ROOT,
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        line = await asyncio.wait_for(process.stdout.readline(), START_WITHIN_S)
        assert line.decode().strip() == READY, "the bare worker did not start"
        load = BareLoad(client, process.stdout, process.pid)
        async with asyncio.TaskGroup() as group:
            listening = group.create_task(load.arm())
            yield load
            listening.cancel()
    finally:
        process.stdin.close()
        await process.wait()


def _attributes(pair: Pair) -> dict[str, str | datetime]:
    return {"DealId": pair.deal, "BuyerId": str(uuid4()), "SellerId": str(uuid4()), "Currency": "RUB"}


def _soon() -> datetime:
    return datetime.now(UTC) + timedelta(minutes=10)
