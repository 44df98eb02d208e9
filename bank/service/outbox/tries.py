"""Shared by the bank's two outboxes: tries that run beside the requests and outlive them.

A message is claimed for the length of a lease, so a try that fails here is simply made again later.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from edge.database import OUTAGES, is_outage

log = structlog.get_logger()


class Tries:
    """Starts tries of the messages of one outbox; `what` names a message of it in the log.

    `attempt` claims a message by its id, sends it and records the result. `defer` makes a message due later whose try
    failed unexpectedly, perhaps before it was claimed, so that it does not block others.
    """

    def __init__(
        self, what: str, attempt: Callable[[int], Awaitable[None]], defer: Callable[[int], Awaitable[None]]
    ) -> None:
        self._what: Final = what
        self._attempt = attempt
        self._defer = defer
        self._under_way: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._under_way)

    def start(self, number: int) -> asyncio.Task[None]:
        task = asyncio.create_task(self._try(number))
        self._under_way.add(task)
        task.add_done_callback(self._ended)
        return task

    async def stop(self) -> None:
        """Waits for tries in progress."""
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _try(self, number: int) -> None:
        try:
            try:
                await self._attempt(number)
            except Exception as error:
                if not is_outage(error):
                    await self._defer(number)
                raise
        except OUTAGES as error:
            log.warning("database_down", waits=self._what, number=number, error=type(error).__name__)

    def _ended(self, task: asyncio.Task[None]) -> None:
        # A bug with one message must not stop the others: it is logged, and retried after its lease.
        self._under_way.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("unexpected", failed=self._what, error=type(error).__name__, exc_info=error)


async def run_every(what: str, redriver: Callable[[], Awaitable[None]], every_s: float) -> None:
    """Runs `redriver` repeatedly, even while the database is down; cancelled at the end of the program."""
    while True:
        try:
            await redriver()
        except OUTAGES as error:
            log.warning("database_down", waits=what, error=type(error).__name__)
        await asyncio.sleep(every_s)
