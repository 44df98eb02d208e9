"""One connection pool to one PostgreSQL database, and transactions that are repeated as a whole when that is safe."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeVar

import asyncpg  # type: ignore[import-untyped]  # asyncpg ships no type information
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import QueuePool

from edge.batches import BatchingSession
from edge.plain import Plain, PlainPool
from edge.turns import Contended, Turns, may_yield

T = TypeVar("T")

MAX_TRIES: Final = 5  # a conflict that survives five whole repeats is a bug or an overload, not bad luck
# shorter than any caller's patience, so that an exhausted pool answers 503 instead of hanging
POOL_WAIT_S: Final = 10.0
CONNECT_TIMEOUT_S: Final = 5.0
PLAIN_CONNECTIONS: Final = 5  # at most, in any program: for five kinds of groups, one at a time each
# far longer than any of their statements takes, including the locks of a deal's transaction
PLAIN_ANSWER_S: Final = 30.0
PREPARED_STATEMENTS: Final = 400  # of each connection: more than a program has, so that none is prepared twice
TURN_WAIT_S: Final = 30.0  # hundreds of transactions on one row, in turn; they hold no connection while they wait
FIRST_PAUSE_S: Final = 0.005

_SERIALIZATION_FAILURE: Final = "40001"
_DEADLOCK_DETECTED: Final = "40P01"
_UNIQUE_VIOLATION: Final = "23505"
_BOOKS_BEHIND: Final = "HFB01"  # from our own trigger: the database is a restored copy of books that were ahead of it
# Connection, insufficient resources (connections, disk), operator intervention (shutdown, starting up).
_OUTAGE_CLASSES: Final = ("08", "53", "57")

# What a caller can see when the database is down: asyncpg raises the last three unwrapped while connecting.
OUTAGES: Final = (DBAPIError, PoolTimeout, asyncpg.PostgresError, ConnectionError, TimeoutError)


class Database:
    """A pool on `url` (`postgresql+asyncpg://…`), READ COMMITTED, at most `pool_size` connections.

    In addition at most `PLAIN_CONNECTIONS` for `run_plain`.

    Parameters of statements never appear in error messages or logs: they may hold secrets.
    """

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.engine: Final[AsyncEngine] = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=POOL_WAIT_S,
            isolation_level="READ COMMITTED",
            hide_parameters=True,
            connect_args={"timeout": CONNECT_TIMEOUT_S, "prepared_statement_cache_size": PREPARED_STATEMENTS},
        )
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False, sync_session_class=BatchingSession)
        self._turns = Turns(TURN_WAIT_S)
        self._at_once = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._plain = PlainPool(
            self.engine,
            PLAIN_CONNECTIONS,
            wait_s=POOL_WAIT_S,
            connect_within_s=CONNECT_TIMEOUT_S,
            answer_within_s=PLAIN_ANSWER_S,
        )

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """One transaction: committed on exit, rolled back on any error. Objects remain readable afterwards."""
        async with self._sessions.begin() as session:
            yield session

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncSession]:
        """For reads that are shown together: all statements see the same snapshot."""
        async with self._sessions.begin() as session:
            await see_one_moment(session)
            yield session

    async def run(self, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
        """Runs `work` in one transaction and returns its result after the commit.

        The whole transaction is repeated, at most `MAX_TRIES` times, after a serialization failure, a deadlock, a
        unique violation of an idempotency or ledger key (the repeat then finds the first answer), and a connection that
        broke before COMMIT was sent. A connection that breaks during COMMIT is not repeated: the outcome is unknown,
        and the caller must deal with it.

        If `work` locks a busy row by `edge.turns`, it waits for it without a connection and is then repeated from the
        start.
        """

        async def attempt(trial: _Trial, *, has_turn: bool = True) -> T:
            async with self._sessions() as session:
                if not has_turn:
                    may_yield(session)
                result = await work(session)
                trial.committing = True
                await session.commit()
                return result

        try:
            return await _repeated(partial(attempt, has_turn=False))
        except Contended as contended:
            key, at_once = contended.key, contended.at_once
        async with self._turns.turn(key, at_once):
            return await _repeated(attempt)

    async def run_plain(self, work: Callable[[Plain], Awaitable[T]], *, at_once: bool = False) -> T:
        """As `run`, for statements that bypass the mapper, on connections outside the pool.

        With `at_once` no transaction is begun: `work` makes one statement, which commits by itself. Its locks are then
        released without waiting for this program. It is never repeated after a broken connection.
        """

        async def attempt(trial: _Trial) -> T:
            async with self._plain.connection() as plain:
                trial.committing = at_once
                if at_once:
                    return await work(plain)
                await plain.begin()
                try:
                    result = await work(plain)
                except BaseException:
                    await plain.roll_back()
                    raise
                trial.committing = True
                await plain.commit()
                return result

        return await _repeated(attempt)

    async def at_once(self, statement: str, *values: object) -> Any:
        """The only value of one statement that commits by itself: a single round trip.

        `statement` has `$1`, `$2` … for `values`. It is repeated as in `run`, but never after a broken connection.
        """

        async def attempt(trial: _Trial) -> Any:
            trial.committing = True
            async with self._at_once.connect() as connection:
                return (await connection.exec_driver_sql(statement, values)).scalar_one()

        return await _repeated(attempt)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """For independent reads: no transaction is begun or ended."""
        async with AsyncSession(self._at_once) as session:
            yield session

    async def reachable(self) -> bool:
        """Whether the database answers now."""
        try:
            async with self.engine.connect() as connection:
                await connection.execute(text("SELECT 1"))
        except OUTAGES:
            return False
        return True

    @property
    def connections(self) -> tuple[int, int]:
        """How many connections of the pool are in use, and how many there may be."""
        pool = self.engine.pool
        assert isinstance(pool, QueuePool)
        return pool.checkedout(), pool.size()

    async def close(self) -> None:
        await self._plain.close()
        await self.engine.dispose()


@asynccontextmanager
async def only_transaction(url: str) -> AsyncIterator[AsyncSession]:
    """One transaction over a connection of its own, for a command that does nothing else."""
    database = Database(url, pool_size=1)
    try:
        async with database.transaction() as session:
            yield session
    finally:
        await database.close()


async def see_one_moment(session: AsyncSession) -> None:
    """Begins a read-only transaction of a fresh session, in which all statements see the same snapshot."""
    await session.connection(execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True})


@dataclass(slots=True)
class _Trial:
    committing: bool = False


async def _repeated(attempt: Callable[[_Trial], Awaitable[T]]) -> T:
    for number in range(1, MAX_TRIES + 1):
        trial = _Trial()
        try:
            return await attempt(trial)
        except DBAPIError as error:
            if number == MAX_TRIES or not _may_repeat(error, committing=trial.committing):
                raise
        await asyncio.sleep(_pause_s(number))
    raise AssertionError("unreachable")


def is_outage(error: BaseException) -> bool:
    """Whether one of `OUTAGES` means that the database is down or full, rather than that our request was wrong."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or (sqlstate_of(error) or "").startswith(_OUTAGE_CLASSES)
    if isinstance(error, asyncpg.PostgresError):
        return (error.sqlstate or "").startswith(_OUTAGE_CLASSES)
    return isinstance(error, PoolTimeout | ConnectionError | TimeoutError)


def is_behind(error: BaseException) -> bool:
    """Whether the market's database refused a write because its books are behind what the bank knows."""
    return isinstance(error, DBAPIError) and sqlstate_of(error) == _BOOKS_BEHIND


def constraint_of(error: DBAPIError) -> str | None:
    """The name of the constraint or unique index that refused a statement, or None."""
    return getattr(_driver_error(error), "constraint_name", None)


def sqlstate_of(error: DBAPIError) -> str | None:
    """The five-character SQLSTATE (PostgreSQL, appendix A) of a failed statement, or None."""
    return getattr(_driver_error(error), "sqlstate", None)


def _pause_s(attempt: int) -> float:
    return random.uniform(0, FIRST_PAUSE_S * 2**attempt)  # noqa: S311  # spreads repeats; no secret


def _driver_error(error: DBAPIError) -> BaseException | None:
    # SQLAlchemy wraps asyncpg's error; only the innermost one names schema and constraint.
    return getattr(error.orig, "__cause__", None) or error.orig


def _may_repeat(error: DBAPIError, *, committing: bool) -> bool:
    if error.connection_invalidated:
        return not committing
    state = sqlstate_of(error)
    if state in (_SERIALIZATION_FAILURE, _DEADLOCK_DETECTED):
        return True
    return state == _UNIQUE_VIOLATION and _guards_a_key(error)


def _guards_a_key(error: DBAPIError) -> bool:
    if getattr(_driver_error(error), "schema_name", None) == "ledger":
        return True
    return "idempotency" in (constraint_of(error) or "")
