"""What one payment costs in counts, which do not depend on the machine: statements, commits, calls to banks."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import astuple, dataclass
from pathlib import Path
from statistics import median

from sqlalchemy import text

from devstack.postgres import PostgresServer
from edge.database import Database

SAMPLES = 5
LOGGED_WITHIN_S = 0.2  # the server writes a line before it answers; this is for the file system
_LINE = re.compile(r"^(\d+) (\w+) LOG:  duration: [0-9.]+ ms  (?:execute|statement)[^:\n]*:\s*(\w*)", re.MULTILINE)
_FRAME = ("BEGIN", "COMMIT", "ROLLBACK")


@dataclass(frozen=True, slots=True)
class Counts:
    """Of one payment: in the market's database, in the engine's own, and requests that reached the bank."""

    statements: float
    commits: float
    engine_statements: float
    bank_calls: float


async def counts_of(
    postgres: PostgresServer,
    log: Path,
    engine: str,
    watching: Database,
    prepare: Callable[[], Awaitable[Callable[[], Awaitable[None]]]],
    wanted: int = SAMPLES,
) -> Counts:
    """Medians over `wanted` payments, each alone on the stack. The first payment, which warms up, does not count.

    `prepare` does what is not to be counted, such as the purchase, and returns what is. Nor are the statements of
    `watching`, the benchmark's own connection.
    """
    samples: list[Counts] = []
    async with watching.transaction() as session:
        own = str(await session.scalar(text("SELECT pg_backend_pid()")))
    async with logged(postgres, "%p %d "):
        for number in range(wanted + 1):
            pay = await prepare()
            calls, begun = await _calls(postgres), await asyncio.to_thread(_written, log, 0)
            await pay()
            await asyncio.sleep(LOGGED_WITHIN_S)
            written = await asyncio.to_thread(_written, log, len(begun))
            if number:
                lines = [(database, verb) for pid, database, verb in _LINE.findall(written.decode()) if pid != own]
                samples.append(_sample(lines, engine, await _calls(postgres) - calls))
    return Counts(*(median(values) for values in zip(*map(astuple, samples), strict=True)))


def _written(log: Path, after: int) -> bytes:
    with log.open("rb") as lines:
        lines.seek(after)
        return lines.read()


def _sample(lines: list[tuple[str, str]], engine: str, calls: int) -> Counts:
    market = [verb.upper() for database, verb in lines if database == "market"]
    return Counts(
        statements=sum(verb not in _FRAME for verb in market),
        commits=market.count("COMMIT"),
        engine_statements=sum(database == engine and verb.upper() not in _FRAME for database, verb in lines),
        bank_calls=calls,
    )


async def _calls(postgres: PostgresServer) -> int:
    async with postgres.connect("bank") as connection:
        return int(await connection.scalar(text("SELECT count(*) FROM requests WHERE key LIKE 'payment/%'")) or 0)


@asynccontextmanager
async def logged(postgres: PostgresServer, prefix: str) -> AsyncIterator[None]:
    """Has the server log every statement meanwhile, each line after `prefix` (`log_line_prefix`)."""
    async with postgres.connect() as connection:
        for name, value in {"log_min_duration_statement": "0", "log_line_prefix": f"'{prefix}'"}.items():
            await connection.execute(text(f"ALTER SYSTEM SET {name} = {value}"))
        await connection.execute(text("SELECT pg_reload_conf()"))
        await asyncio.sleep(1)
        try:
            yield
        finally:
            await connection.execute(text("ALTER SYSTEM RESET ALL"))
            await connection.execute(text("SELECT pg_reload_conf()"))
