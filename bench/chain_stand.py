"""The environment of the benchmark of the chain: a durable PostgreSQL with two markets, and a node as a program."""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import event, text

import store
from activities.scanner import ScannerActivities
from bench.wallets import server
from devstack.ports import HOST, free_port
from devstack.postgres import APP, OWNER, PostgresServer
from devstack.programs import answers_ok
from devstack.site import ROOT
from edge.database import Database
from edge.stack_word import STACK_VARIABLE
from rails.chain import Chain
from store.base import WorkflowRow
from store.people.marketplaces import create_marketplace
from store.people.users import create_user
from store.wallets.wallets import wallet_for
from tron.addresses import address_of
from tron.client import TronClient

READY_WITHIN_S = 60.0
SOLIDIFIED_BY = 20  # blocks
OF_ONE_USER = 20
MINOR = 1_000_000
_TOP_UPS = text(
    """
    WITH made AS (
        INSERT INTO top_ups (wallet_id, gateway, amount_minor, currency, pay_by, state)
        SELECT wallet, 'usdt_tron', :minor, 'USDT', clock_timestamp() + interval '7 days', 'waiting'
        FROM unnest(CAST(:wallets AS uuid[])) wallet CROSS JOIN generate_series(1, :each)
        RETURNING id
    )
    INSERT INTO chain_addresses (index, address, top_up_id)
    SELECT m.number - 1, a.address, m.id
    FROM (SELECT id, row_number() OVER () AS number FROM made) m
    JOIN unnest(CAST(:addresses AS text[])) WITH ORDINALITY a (address, number) ON a.number = m.number
    """
)


class Nobody:
    """Signals that reach nobody: the redriver is not measured here."""

    async def wake(self, row: WorkflowRow, *_: Any) -> bool:
        return False

    start = wake

    async def ask_again(self, table: type[WorkflowRow], row_id: UUID) -> bool:
        return False

    async def ready(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Market:
    database: Database
    scanner: ScannerActivities

    async def must_be_exact(self, arrivals: int) -> None:
        """Every payment is credited once, and the books are right."""
        async with self.database.transaction() as session:
            stored = await session.scalar(text("SELECT count(*) FROM incoming_transfers WHERE state = 'credited'"))
            booked = await session.scalar(text("SELECT count(*) FROM ledger.transfers WHERE key LIKE 'incoming/%'"))
            balances = await session.scalar(text("SELECT sum(balance_minor) FROM chain_addresses"))
        assert (stored, booked, balances) == (arrivals, arrivals, arrivals * MINOR), (stored, booked, balances)


@dataclass(frozen=True, slots=True)
class Stand:
    """`none` has no top-up, `many` has one for each of `addresses`. Both read the same chain."""

    postgres: PostgresServer
    none: Market
    many: Market
    chain: Chain
    addresses: Sequence[str]
    node: httpx.AsyncClient

    async def fill(self, blocks: int, transfers: int, recipients: Sequence[str]) -> None:
        """Adds full blocks, and makes them final."""
        filled = {"blocks": blocks, "transfers": transfers, "recipients": list(recipients), "minor": MINOR}
        (await self.node.post("/control/fill", json=filled)).raise_for_status()
        (await self.node.post("/control/mine", json={"blocks": SOLIDIFIED_BY})).raise_for_status()


@contextmanager
def statements_of(database: Database) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    engine = database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


@asynccontextmanager
async def stand(
    top_ups: int, on: PostgresServer | None = None, names: tuple[str, str] = ("none", "many")
) -> AsyncIterator[Stand]:
    """`names` are of the databases of the two markets, on a new server unless one is given."""
    async with AsyncExitStack() as stack:
        postgres = await stack.enter_async_context(server("chain")) if on is None else on
        node = await stack.enter_async_context(_node())
        contract = (await node.get("/control")).raise_for_status().json()["usdt"]
        client = TronClient(str(node.base_url))
        stack.push_async_callback(client.aclose)
        chain = Chain(client, None, contract, above_minor=0)
        addresses = [address_of(hashlib.sha256(b"%d" % number).digest()[:20]) for number in range(top_ups)]
        markets = []
        for name, theirs in zip(names, ([], addresses), strict=True):
            await postgres.create_database(name)
            await asyncio.to_thread(store.migrate, postgres.url(name, OWNER), APP)
            database = Database(postgres.url(name), pool_size=4)
            stack.push_async_callback(database.close)
            if theirs:
                await _order(database, theirs)
            scanner = ScannerActivities(database, Nobody(), chain)
            await scanner.round(chain)  # reading begins
            markets.append(Market(database, scanner))
        yield Stand(postgres, markets[0], markets[1], chain, addresses, node)


async def _order(database: Database, addresses: Sequence[str]) -> None:
    """An open top-up for each address, of as many users as may have so many."""
    each = min(OF_ONE_USER, len(addresses))
    async with database.transaction() as session:
        marketplace = await create_marketplace(session, "Bench")
        wallets = []
        for number in range(len(addresses) // each):
            name, email = f"User {number}", f"user-{number}@example.test"
            user = await create_user(session, marketplace.id, name=name, email=email, reference=None)
            wallets.append((await wallet_for(session, user.id, "USDT")).id)
        values = {"wallets": wallets, "addresses": list(addresses), "each": each, "minor": MINOR}
        await session.execute(_TOP_UPS, values)


@asynccontextmanager
async def _node() -> AsyncIterator[httpx.AsyncClient]:
    port, word = free_port(), secrets.token_urlsafe(16)
    settings = {STACK_VARIABLE: word, "HOLDFAST_TRON_NODE_PORT": str(port), "HOLDFAST_TRON_NODE_MINES": "false"}
    passed = {name: value for name, value in os.environ.items() if not name.startswith("HOLDFAST_TRON_NODE_")}
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tron.node", "--control"),
        env=passed | settings,
        cwd=ROOT,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        url, deadline = f"http://{HOST}:{port}", time.monotonic() + READY_WITHIN_S
        while not await answers_ok(f"{url}/ready", word):
            assert program.returncode is None and time.monotonic() < deadline, "the node did not start"
            await asyncio.sleep(0.05)
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=300) as http:
            (await http.post("/control/mine", json={"blocks": SOLIDIFIED_BY})).raise_for_status()
            yield http
    finally:
        if program.returncode is None:
            program.terminate()
        await program.wait()
