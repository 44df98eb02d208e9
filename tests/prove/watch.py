"""Waiting for many rows with one query: the states of all awaited deals, payments or refunds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, text

from edge.database import Database
from store.base import WorkflowRow

EVERY_S = 0.1
SELDOM_S = 0.5  # while nothing comes: looking takes the time of what is awaited
PATIENCE_S = 3600.0  # in vain means never: a machine that has much else to do is only slow

_STATES = text("""
SELECT id, state FROM deals WHERE id = ANY (:ids)
UNION ALL SELECT id, state FROM payments WHERE id = ANY (:ids)
UNION ALL SELECT id, state FROM refunds WHERE id = ANY (:ids)
UNION ALL SELECT id, state FROM withdrawals WHERE id = ANY (:ids)
UNION ALL SELECT id, state FROM payment_requests WHERE id = ANY (:ids)
UNION ALL SELECT id, state FROM top_ups WHERE id = ANY (:ids)
""")

_EVENTS = text("SELECT created_at, type, data FROM events WHERE subject_id = :id ORDER BY number")


class Watch:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: dict[asyncio.Future[str], tuple[UUID, tuple[str, ...]]] = {}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Watch]:
        task = asyncio.create_task(self._look())
        try:
            yield self
        finally:
            task.cancel()

    async def until(self, row: WorkflowRow, *states: str) -> str:
        """The row's state once it is one of `states`; `AssertionError` when that does not come."""
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting[future] = (row.id, states)
        try:
            return await asyncio.wait_for(future, PATIENCE_S)
        except TimeoutError:
            raise AssertionError(
                f"waited in vain for {type(row).__name__} {row.id} in {states}; {await self._history(row.id)}"
            ) from None
        finally:
            self._waiting.pop(future, None)

    async def _history(self, id_: UUID) -> str:
        """What happened to the row so far, each with its time."""
        async with self._database.transaction() as session:
            rows = await session.execute(_EVENTS, {"id": id_})
            return ", ".join(f"{row.created_at:%H:%M:%S} {row.type} {row.data}" for row in rows)

    async def _look(self) -> None:
        pause_s, awaited = EVERY_S, 0
        while True:
            pause_s = min(1.3 * pause_s, SELDOM_S) if awaited == len(self._waiting) else EVERY_S
            if ids := [id_ for id_, _ in self._waiting.values()]:
                async with self._database.transaction() as session:
                    found = {row.id: str(row.state) for row in await session.execute(_STATES, {"ids": ids})}
                for future, (id_, wanted) in list(self._waiting.items()):
                    state = found.get(id_, "")
                    if state in wanted and not future.done():
                        future.set_result(state)
            awaited = sum(1 for future in self._waiting if not future.done())
            await asyncio.sleep(pause_s)


async def until_counted(
    database: Database, query: TextClause, values: dict[str, Any], wanted: Callable[[int], bool]
) -> None:
    """Waits until the number that `query` selects is `wanted`; `TimeoutError` when that does not come."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            async with database.transaction() as session:
                if wanted(int(await session.scalar(query, values) or 0)):
                    return
            await asyncio.sleep(EVERY_S)
