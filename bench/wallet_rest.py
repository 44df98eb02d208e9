"""Transfers through the market's REST API as a separate program, sent at a steady rate however long they take."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import random
import secrets
import sys
import time
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

import store
from devstack.ports import HOST, free_port
from devstack.postgres import APP, OWNER, PostgresServer
from devstack.programs import MANAGED
from devstack.site import ROOT
from domain.money import Money
from edge.database import Database
from store.people.api_keys import issue_key
from store.people.marketplaces import create_marketplace
from store.people.users import create_user
from store.wallets.movements import Deposit, Moved, carry_out
from store.wallets.wallets import open_wallet

PEPPER = secrets.token_urlsafe(24)
SEALING_KEY = bytes(32)
READY_WITHIN_S = 300.0  # importing the programs takes seconds of processor time, more on a busy machine
CONNECTIONS = 32
FUNDS = Money(100_000_000_00, "RUB")


@dataclass(frozen=True, slots=True)
class RestApi:
    """The running programs of an API on one port, with a marketplace's key and funded wallets."""

    port: int
    key: str
    wallets: list[UUID]


@asynccontextmanager
async def rest_api(postgres: PostgresServer, name: str, wallets: int, programs: int) -> AsyncIterator[RestApi]:
    """The API as several `programs` over a new database `name`; transfers need no Temporal."""
    await postgres.create_database(name)
    await asyncio.to_thread(store.migrate, postgres.url(name, OWNER), APP)
    database = Database(postgres.url(name), pool_size=1)
    key, ids = await database.run(lambda session: _party(session, wallets))
    await database.close()
    port = free_port()
    async with AsyncExitStack() as running:
        for _ in range(programs):
            await running.enter_async_context(api_program(postgres.url(name), port))
        yield RestApi(port, key, ids)


@asynccontextmanager
async def api_program(url: str, port: int, **changes: str) -> AsyncIterator[int]:
    """An API over this database, and its process id. Waits for its own log: on a shared port another may answer."""
    settings = {
        "HOLDFAST_DATABASE_URL": url,
        "HOLDFAST_BANK_URL": f"http://{HOST}:9",
        "HOLDFAST_BANK_API_KEY": "none",
        "HOLDFAST_PEPPER": PEPPER,
        "HOLDFAST_SEALING_KEYS": base64.b64encode(SEALING_KEY).decode(),
        "HOLDFAST_API_PORT": str(port),
        "HOLDFAST_API_REUSE_PORT": "true",
        "TEMPORAL_ADDRESS": f"{HOST}:9",
    }
    environment = {name: value for name, value in os.environ.items() if name not in MANAGED} | settings | changes
    command = (sys.executable, "-m", "api")
    program = await asyncio.create_subprocess_exec(*command, env=environment, cwd=ROOT, stderr=asyncio.subprocess.PIPE)
    assert program.stderr is not None
    try:
        async with asyncio.timeout(READY_WITHIN_S):
            while b"api_ready" not in (said := await program.stderr.readline()):
                assert said, "the API did not start"
        rest = asyncio.create_task(program.stderr.read())  # a full pipe would stop the program
        yield program.pid
    finally:
        if program.returncode is None:
            program.terminate()
        await program.wait()
    await rest


async def _party(session: AsyncSession, wallets: int) -> tuple[str, list[UUID]]:
    marketplace = await create_marketplace(session, "bench")
    key = await issue_key(session, PEPPER.encode(), marketplace_id=marketplace.id)
    ids: list[UUID] = []
    for number in range(wallets):
        user = await create_user(session, marketplace.id, name=f"u{number}", email="u@example.test", reference=None)
        ids.append((await open_wallet(session, user, FUNDS.currency)).id)
    for first in range(0, wallets, 500):
        gifts = [Deposit("bench", str(one), "bench", one, FUNDS, "") for one in ids[first:][:500]]
        made = await carry_out(await session.connection(), gifts)
        assert all(isinstance(one, Moved) for one in made)
    return key, ids


@dataclass
class SteadyLoad:
    """Requests start by the clock. Latency counts from then: a late start is also the server's fault."""

    api: RestApi
    _idle: deque[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = field(default_factory=deque)
    _numbers: count[int] = field(default_factory=count)

    async def connect(self) -> None:
        """Opens the connections that all transfers share; the one idle longest is used first."""
        for _ in range(CONNECTIONS):
            self._idle.append(await asyncio.open_connection(HOST, self.api.port))

    async def latencies(self, per_second: int, seconds: float, *, hot: bool) -> list[float]:
        """Seconds from the due time of each transfer to its 201. Raises AssertionError for other answers."""
        begun = time.monotonic()
        tasks: list[asyncio.Task[float]] = []
        for number in range(int(per_second * seconds)):
            due = begun + number / per_second
            if (wait := due - time.monotonic()) > 0:
                await asyncio.sleep(wait)
            tasks.append(asyncio.create_task(self._transfer(due, hot=hot)))
        return list(await asyncio.gather(*tasks))

    async def _transfer(self, due: float, *, hot: bool) -> float:
        payer, payee = random.sample(self.api.wallets, 2)
        if hot:
            payer, payee = self.api.wallets[0], random.choice(self.api.wallets[1:])
        body = {
            "from_wallet_id": str(payer),
            "to_wallet_id": str(payee),
            "amount": {"amount": "0.05", "currency": "RUB"},
        }
        status = await self._post("/api/v1/transfers", json.dumps(body).encode(), f"bench-{next(self._numbers)}")
        assert status == 201, status
        return time.monotonic() - due

    async def _post(self, path: str, body: bytes, key: str) -> int:
        """A plain HTTP/1.1 client: a full one would use as much processor time as the server being measured."""
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {self.api.key}\r\n"
            f"Idempotency-Key: {key}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        while True:
            reader, writer = self._idle.popleft() if self._idle else await asyncio.open_connection(HOST, self.api.port)
            writer.write(head.encode() + body)
            try:
                answer = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            except (asyncio.IncompleteReadError, ConnectionError):
                continue  # the server closed it after it was idle for too long; the key makes repeating safe
            lines = answer.split("\r\n")
            await reader.readexactly(
                next(int(line.split(":")[1]) for line in lines if line.startswith("content-length:"))
            )
            self._idle.append((reader, writer))
            return int(answer.split()[1])

    def close(self) -> None:
        for _, writer in self._idle:
            writer.close()


def percentile(values: Sequence[float], percent: float) -> float:
    return sorted(values)[min(int(len(values) * percent / 100), len(values) - 1)]
