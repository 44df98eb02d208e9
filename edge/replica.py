"""Reads that only show something, at a replica of the database where there is one that has everything by then.

A reader never sees less than was committed before they asked: their own writes are there, and a list that continues
misses nothing. The primary says how far its log is; the replica is read once it has replayed that, else the primary is.
What decides, or is asked for by its id after a write, has no reason to go there.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from math import inf
from typing import Final

import structlog
from prometheus_client import Counter
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import Unavailable
from edge.database import OUTAGES, Database, is_outage, sqlstate_of
from edge.figures import Figure, Reading, reading

log = structlog.get_logger()

# A replica beside its primary is some milliseconds behind: waiting that long spares the primary a page of a list.
PATIENCE_S: Final = 0.1
FIRST_PAUSE_S: Final = 0.004
ANSWER_WITHIN_S: Final = 1.0  # a replica that is silent for longer helps nobody
# Nobody waits in vain again and again. What is behind comes round soon; what does not answer takes a while.
BEHIND_FOR_S: Final = 1.0
AWAY_FOR_S: Final = 10.0

READS: Final = Counter("holdfast_list_reads", "Reads that a replica may answer, by the server that did.", ("server",))
UP: Final = Figure("holdfast_replica_up", "Whether the replica for lists answers.")
BEHIND: Final = Figure("holdfast_replica_behind_seconds", "How far the replica for lists is behind the database.")

_LATE: Final = "behind"  # every replica is, now and then
_CONFLICT: Final = "40001"  # the replica ended a read that stood in the way of what it had to replay
_WHO: Final = "SELECT system_identifier::text FROM pg_control_system()"
_WRITTEN: Final = "SELECT pg_current_wal_flush_lsn()::text"
# A replica that was promoted replays nothing any more, and is one no longer.
_REPLAYED: Final = "SELECT pg_is_in_recovery() AND pg_last_wal_replay_lsn() >= $1::text::pg_lsn"
_SINCE: Final = """
SELECT CASE WHEN pg_is_in_recovery() AND pg_last_wal_replay_lsn() >= CAST(CAST(:written AS text) AS pg_lsn) THEN 0
       ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) END
"""


class NotThis(Exception):
    """The server is no replica of the database."""


class Replica:
    """Reads of `primary` that may be answered by its streaming replica at `url`; without one the primary answers."""

    def __init__(self, primary: Database, url: str | None, *, pool_size: int = 10) -> None:
        self._primary = primary
        self._copy = None if url is None else Database(url, pool_size=pool_size)
        self._is_known = False
        self._not_before = 0.0

    @property
    def exists(self) -> bool:
        return self._copy is not None

    @asynccontextmanager
    async def chosen(self) -> AsyncIterator[Database]:
        """The server to read from now.

        Raises `Unavailable` when the replica had to end what was read there; the next read is the primary's.
        """
        database = await self._chosen()
        try:
            yield database
        except OUTAGES as error:
            conflict = isinstance(error, DBAPIError) and sqlstate_of(error) == _CONFLICT
            if database is self._copy and (conflict or is_outage(error)):
                self._leave(AWAY_FOR_S, type(error).__name__)
                raise Unavailable("database_unavailable", "Ask again.", 1) from error
            raise

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncSession]:
        """A read-only transaction in which all statements see the same snapshot, of now or later.

        Raises as `chosen`.
        """
        async with self.chosen() as database, database.snapshot() as session:
            yield session

    async def behind_s(self) -> float | None:
        """How far the replica is behind, in seconds; infinite when it has replayed nothing, None when it is away.

        Raises one of `OUTAGES` when the primary does not answer.
        """
        assert self._copy is not None
        written = await self._primary.at_once(_WRITTEN)
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                await self._know()
                async with self._copy.reading() as session:
                    behind_s = await session.scalar(text(_SINCE), {"written": written})
                    return inf if behind_s is None else float(behind_s)
        except (*OUTAGES, NotThis):
            return None

    async def figures(self) -> Sequence[Reading]:
        """What Prometheus reads of it."""
        behind = await self.behind_s()
        return [reading(UP, 0)] if behind is None else [reading(UP, 1), reading(BEHIND, behind)]

    async def close(self) -> None:
        if self._copy is not None:
            await self._copy.close()

    async def _chosen(self) -> Database:
        if self._copy is None:
            return self._primary
        chosen = self._copy if await self._has_everything(self._copy) else self._primary
        READS.labels("replica" if chosen is self._copy else "primary").inc()
        return chosen

    async def _has_everything(self, copy: Database) -> bool:
        loop = asyncio.get_running_loop()
        if loop.time() < self._not_before:
            return False
        written = await self._primary.at_once(_WRITTEN)
        give_up, pause_s = loop.time() + PATIENCE_S, FIRST_PAUSE_S
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                await self._know()
                while not await copy.at_once(_REPLAYED, written):
                    if loop.time() >= give_up:
                        self._leave(BEHIND_FOR_S, _LATE)
                        return False
                    await asyncio.sleep(pause_s)
                    pause_s *= 2
        except (*OUTAGES, NotThis) as error:
            self._leave(AWAY_FOR_S, type(error).__name__)
            return False
        return True

    async def _know(self) -> None:
        """Positions in the logs of two databases that are not one cannot be compared."""
        if self._is_known:
            return
        assert self._copy is not None
        if await self._copy.at_once(_WHO) != await self._primary.at_once(_WHO):
            raise NotThis
        self._is_known = True

    def _leave(self, for_s: float, why: str) -> None:
        self._not_before, self._is_known = asyncio.get_running_loop().time() + for_s, False
        if why != _LATE:
            log.warning("replica_left", reason=why)
