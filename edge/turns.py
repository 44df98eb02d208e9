"""Rows that many transactions want at once: one or a few of a program's connections wait for each of them.

A transaction that waits for a row lock holds its connection meanwhile. Without a bound, the transactions on one popular
offer, or the requests of one impatient user, would occupy every connection of the pool.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar, TypeVarTuple
from weakref import WeakValueDictionary

from sqlalchemy import Row, Select
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncSession

T = TypeVar("T")
_Parts = TypeVarTuple("_Parts")

# Set by a transaction that may be repeated whole; one that has its turn, or runs alone, waits for the lock itself.
_MAY_YIELD: Final = "may yield to others"


class Contended(Exception):
    """The row `key` is locked by another transaction: roll back, release the connection, and wait for the turn.

    `at_once` transactions of a program may have it together.
    """

    def __init__(self, key: object, at_once: int = 1) -> None:
        super().__init__(key)
        self.key = key
        self.at_once = at_once


class Turns:
    """One queue per contended row, kept only while it is not empty."""

    def __init__(self, wait_s: float) -> None:
        self._wait_s = wait_s
        self._queues: WeakValueDictionary[object, asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def turn(self, key: object, at_once: int = 1) -> AsyncIterator[None]:
        """Waits for the turn at `key`, by order of arrival. Raises `TimeoutError` after `wait_s` seconds."""
        queue = self._queues.get(key)
        if queue is None:
            queue = self._queues[key] = asyncio.Semaphore(at_once)
        try:
            async with asyncio.timeout(self._wait_s):
                await queue.acquire()
        except TimeoutError:
            raise PoolTimeout(f"no turn at a contended row within {self._wait_s:g} s") from None
        try:
            yield
        finally:
            queue.release()


def may_yield(session: AsyncSession) -> None:
    """Declares that this transaction is repeated whole when `lock_row` raises `Contended`."""
    session.info[_MAY_YIELD] = True


async def lock_row(session: AsyncSession, query: Select[T], key: object, *, at_once: int = 1) -> T | None:
    """The row of `query`, locked `FOR NO KEY UPDATE`; None when there is none. `key` names the row.

    A program waits for it with `at_once` connections: with more than one where much comes before the lock.

    Rows that refer to it can still be inserted: their foreign keys take `FOR KEY SHARE`, which would conflict with the
    stronger `FOR UPDATE` and could deadlock.
    """
    if not session.info.get(_MAY_YIELD):
        return await session.scalar(query.with_for_update(key_share=True))
    row = await session.scalar(query.with_for_update(key_share=True, skip_locked=True))
    if row is None:  # locked, or missing: the next try, which waits, finds out
        raise Contended(key, at_once)
    return row


async def lock_rows(
    session: AsyncSession,
    query: Select[*_Parts],
    of: Sequence[Any],
    key: Callable[[], Awaitable[object | None]],
    *,
    at_once: int = 1,
) -> Row[*_Parts] | None:
    """The only row of a join as it is now, its parts from the tables `of` locked in this order; None: there is none.

    `key` finds out which row others contend for, the first that is locked; None when there is none. `at_once` is as of
    `lock_row`.
    """
    query = query.execution_options(populate_existing=True)
    yields = bool(session.info.get(_MAY_YIELD))
    found = await session.execute(query.with_for_update(key_share=True, of=of, skip_locked=yields))
    row = found.first()
    if yields and row is None and (contended := await key()) is not None:
        raise Contended(contended, at_once)
    return row
