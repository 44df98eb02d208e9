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
        return bool(self._connection.is_closed())


class PlainPool:
    """At most `size` connections to the database of `engine`, in addition to its own; opened when they are needed.

    The driver's own pool makes two tasks for each use, which cost as much as a small statement.
    """

    def __init__(
        self, engine: AsyncEngine, size: int, *, wait_s: float, connect_within_s: float, answer_within_s: float
    ) -> None:
        self._engine = engine
        self._wait_s = wait_s
        self._connect_within_s = connect_within_s
        self._answer_within_s = answer_within_s
        self._places = asyncio.Semaphore(size)
        self._idle: list[Any] = []
        self._closed = False

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Plain]:
        """Raises `TimeoutError` when none becomes free in time, and the driver's error when it cannot connect."""
        async with asyncio.timeout(self._wait_s):
            await self._places.acquire()
        try:
            connection = self._waiting() or await self._connect()
            try:
                yield Plain(connection)
            except (asyncio.CancelledError, TimeoutError):
                connection.terminate()  # its statement may still be in progress
                raise
            finally:
                self._take_back(connection)
        finally:
            self._places.release()

    def _waiting(self) -> Any:
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
        return None

    def _take_back(self, connection: Any) -> None:
        if self._closed:
            connection.terminate()
        elif not connection.is_closed():
            self._idle.append(connection)

    async def close(self) -> None:
        self._closed = True
        while (connection := self._waiting()) is not None:
            await connection.close()

    async def _connect(self) -> Any:
        _, options = self._engine.dialect.create_connect_args(self._engine.url)
        return await asyncpg.connect(
            **options,
            timeout=self._connect_within_s,
            command_timeout=self._answer_within_s,
            record_class=Row,
            server_settings={"default_transaction_isolation": "read committed"},
        )
