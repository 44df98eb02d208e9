"""The programs under proof, as processes of their own that can really be killed."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from devstack.ports import HOST, free_port
from devstack.programs import answers_ok
from edge.stack_word import STACK_VARIABLE
from tests.prove.forks import Fork, Forks

LOADED = ("worker", "bank.service.program")  # of the programs here
WORD = secrets.token_urlsafe(16)  # identifies programs of this run
READY_WITHIN_S = 90.0  # on a machine that has much else to do


async def start(forks: Forks, module: str, environment: Mapping[str, str], log: Path) -> Fork:
    """`python -m module` with nothing of this process's HOLDFAST_… and TEMPORAL_… variables."""
    passed = {name: value for name, value in os.environ.items() if not name.startswith(("HOLDFAST_", "TEMPORAL_"))}
    return await forks.fork(module, {**passed, STACK_VARIABLE: WORD, **environment}, log)


async def ready(process: Fork, port: int) -> None:
    """Waits until it serves. Raises `AssertionError` when it has ended instead, or takes too long."""
    deadline = asyncio.get_running_loop().time() + READY_WITHIN_S
    while not await answers_ok(f"http://{HOST}:{port}/ready", WORD):
        assert process.running, f"{process.name} has ended"
        assert asyncio.get_running_loop().time() < deadline, f"{process.name} is not ready"
        await asyncio.sleep(0.1)


class Workers:
    """Workers of one task queue; one that dies is replaced until `stop`."""

    def __init__(self, forks: Forks, environment: Mapping[str, str], log: Path) -> None:
        self._forks = forks
        self._environment = dict(environment)
        self._log = log
        self._alive: dict[int, Fork] = {}
        self._keeping: dict[int, asyncio.Task[None]] = {}
        self.kills = 0

    async def keep(self, count: int) -> None:
        """From now on `count` workers run."""
        for number in range(count):
            if number not in self._keeping:
                self._keeping[number] = asyncio.create_task(self._keep(number))
        while len(self._alive) < count:
            await asyncio.sleep(0.05)

    async def _keep(self, number: int) -> None:
        while True:
            self._alive[number] = await self.one()
            await self._alive[number].wait()
            self.kills += 1

    async def one(self, fail_point: str | None = None) -> Fork:
        """One more worker, which dies at `fail_point`; it is for the caller to stop."""
        environment = {**self._environment, "HOLDFAST_WORKER_PORT": str(free_port())}
        if fail_point is not None:
            environment |= {"HOLDFAST_FAIL_POINT": fail_point, "HOLDFAST_DIES_FOR_A_TEST": "true"}
        return await start(self._forks, "worker", environment, self._log)

    def kill(self, number: int) -> None:
        """SIGKILL to one of them."""
        self._alive[number].kill()

    async def stop(self) -> None:
        for task in self._keeping.values():
            task.cancel()
        await asyncio.gather(*(process.stop() for process in self._alive.values()))
        self._keeping, self._alive = {}, {}
