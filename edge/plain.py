"""Plain statements on the driver itself, for the few paths that serve hundreds of requests a second.

The mapper's session, connection and result take five times as long as the driver, and are most of the cost of a small
group of requests. Errors are those of the mapper, so that code that repeats or explains them need not know which way a
statement took.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Protocol

import asyncpg  # type: ignore[import-untyped]  # asyncpg ships no type information
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine


class Row(asyncpg.Record):  # type: ignore[misc]  # its base has no types
    """A row with its columns as attributes, like the mapper's rows."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


class Rows(Sequence[Any]):
    """The part of SQLAlchemy's `CursorResult` that plain statements need."""

    def __init__(self, rows: list[Any]) -> None:
        self._rows = rows

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: Any) -> Any:
        return self._rows[index]

    def all(self) -> list[Any]:
        return self._rows

    def scalar_one(self) -> Any:
        [row] = self._rows
        return row[0]


class Statements(Protocol):
    """What executes plain statements: `Plain` here, and SQLAlchemy's `AsyncConnection`."""

    async def exec_driver_sql(self, statement: str, parameters: Any = (), /) -> Any: ...


class Plain:
    """A driver connection. Raises `DBAPIError`, with `connection_invalidated` when the connection has broken.

    Also raises `TimeoutError` when the server is connected but does not answer: these connections are shared, and one
    silent server must not keep every caller waiting.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def exec_driver_sql(self, statement: str, parameters: Sequence[Any] = (), /) -> Rows:
        """The rows; `statement` has `$1`, `$2` … for `parameters`, which errors never contain."""
        with self._mapper_errors():
            return Rows(await self._connection.fetch(statement, *parameters))

    async def begin(self) -> None:
        with self._mapper_errors():
            await self._connection.execute("BEGIN;")

    async def commit(self) -> None:
        with self._mapper_errors():
            await self._connection.execute("COMMIT;")

    async def roll_back(self) -> None:
        """Ends the transaction, if the connection still works."""
        if not self._is_broken():
            with self._mapper_errors():
                await self._connection.execute("ROLLBACK;")

    @contextmanager
    def _mapper_errors(self) -> Iterator[None]:
        try:
            yield
        except (asyncpg.PostgresError, asyncpg.InterfaceError, ConnectionError) as error:
            broken = self._is_broken()
            raise DBAPIError(None, None, error, hide_parameters=True, connection_invalidated=broken) from error
        except asyncpg.InternalClientError as error:
            # The server closed the connection between two statements, so this statement was never sent.
            self._connection.terminate()
            raise DBAPIError(None, None, error, hide_parameters=True, connection_invalidated=True) from error

    def _is_broken(self) -> bool:
        try:
            return bool(self._connection.is_closed())
        except asyncpg.InterfaceError:  # it broke, and its pool has dropped it already
            return True


class PlainPool:
    """At most `size` connections to the database of `engine`, in addition to its own; opened on first use."""

    def __init__(
        self, engine: AsyncEngine, size: int, *, wait_s: float, connect_within_s: float, answer_within_s: float
    ) -> None:
        self._engine = engine
        self._size = size
        self._wait_s = wait_s
        self._connect_within_s = connect_within_s
        self._answer_within_s = answer_within_s
        self._one_at_a_time = asyncio.Lock()
        self._pool: Any = None

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Plain]:
        """Raises `TimeoutError` when none becomes free in time, and the driver's error when it cannot connect."""
        async with self._one_at_a_time:
            if self._pool is None:
                self._pool = await self._make()
        async with self._pool.acquire(timeout=self._wait_s) as connection:
            yield Plain(connection)

    async def close(self) -> None:
        if self._pool is not None:
            await self._pool.close()

    async def _make(self) -> Any:
        _, options = self._engine.dialect.create_connect_args(self._engine.url)
        return await asyncpg.create_pool(
            **options,
            min_size=0,
            max_size=self._size,
            timeout=self._connect_within_s,
            command_timeout=self._answer_within_s,
            reset=_nothing,
            record_class=Row,
            server_settings={"default_transaction_isolation": "read committed"},
        )


async def _nothing(_connection: Any) -> None:
    """Replaces the reset: statements leave nothing behind except their transaction, which has ended."""
