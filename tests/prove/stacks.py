"""The stack under proof: real PostgreSQL, Temporal, mail, bank and workers, each a program of its own.

A proof has a stack of its own, or one that short proofs share.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

import httpx
from sqlalchemy import text
from sqlalchemy.engine import make_url
from temporalio.testing import TimeSkippingConfig, WorkflowEnvironment

import bank.service
from bank.client import BankClient
from bank.service.acts.seeds import plant
from bank.service.requests.keys import create_api_key
from bank.service.settings import BankSettings
from devstack.mailbox import Mailbox
from devstack.ports import free_port
from devstack.temporal import QUEUE_FLAGS, SEARCH_ATTRIBUTES, TIME_FLAGS, binary, dynamic_config
from domain.money import Money
from edge.database import Database
from edge.sealing import Sealer
from tests.fixtures import boundless
from tests.fixtures.bank import PEPPER, RunningBank
from tests.fixtures.clock import migrate_with_test_clock
from tests.fixtures.databases import Databases, TestDatabase
from tests.fixtures.sagas import market_over
from tests.fixtures.temporal import MAX_SKIPS
from tests.prove import chain, programs
from tests.prove.figures import Figures
from tests.prove.forks import Forks
from tests.prove.proxy import Proxy
from tests.prove.rig import AT_ONCE, BANK_TIMEOUT_S, BANKS, OPENING_MINOR, POOL, REDRIVE_EVERY_S, TROUBLED, Rig
from tests.prove.watch import Watch

SHARED_BY = 250  # people: of all short proofs together


class Stacks(Protocol):
    def rig(
        self, *, people: int, seed: int, workers: int = 2, lose_percent: float = 0.0, chained: bool = False
    ) -> AbstractAsyncContextManager[Rig]:
        """A stack as `tests.prove.rig.rig` makes it, on which nothing but this proof is under way."""


@dataclass(frozen=True)
class OwnStacks:
    """A new one for each proof."""

    databases: Databases
    forks: Forks

    def rig(
        self, *, people: int, seed: int, workers: int = 2, lose_percent: float = 0.0, chained: bool = False
    ) -> AbstractAsyncContextManager[Rig]:
        return rig(
            self.databases,
            self.forks,
            people=people,
            seed=seed,
            workers=workers,
            lose_percent=lose_percent,
            chained=chained,
        )


@dataclass
class SharedStack:
    """The same one for all that lose no answers, one after the other: starting its programs takes most of a proof."""

    databases: Databases
    forks: Forks
    _opened: AsyncExitStack = field(default_factory=AsyncExitStack)
    _shared: Rig | None = None

    @asynccontextmanager
    async def rig(
        self, *, people: int, seed: int, workers: int = 2, lose_percent: float = 0.0, chained: bool = False
    ) -> AsyncIterator[Rig]:
        if lose_percent:
            wanted = rig(
                self.databases,
                self.forks,
                people=people,
                seed=seed,
                workers=workers,
                lose_percent=lose_percent,
                chained=chained,
            )
            async with wanted as own:
                yield own
            return
        if self._shared is None:
            whole = rig(self.databases, self.forks, people=SHARED_BY, seed=seed, workers=workers, chained=chained)
            self._shared = await self._opened.enter_async_context(whole)
        assert len(self._shared.people) >= people
        assert not chained or self._shared.on_chain is not None
        await self._shared.begin(workers)
        yield self._shared

    async def aclose(self) -> None:
        """Ends the shared one; the next proof that wants it gets a new one."""
        self._shared = None
        await self._opened.aclose()


@asynccontextmanager
async def rig(
    databases: Databases,
    forks: Forks,
    *,
    people: int,
    seed: int,
    workers: int = 2,
    lose_percent: float = 0.0,
    chained: bool = False,
) -> AsyncIterator[Rig]:
    """A stack with `people` who have money. That share of the answers between worker, bank and databases is lost."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="holdfast-prove-")))
        proxies: list[Proxy] = []

        async def through(port: int) -> int:
            if not lose_percent:
                return port
            proxy = Proxy(port, lose_percent, seed + len(proxies))
            proxies.append(await stack.enter_async_context(proxy.running()))
            return proxy.port

        async def database_through(database: TestDatabase) -> str:
            url = make_url(database.url)
            return url.set(port=await through(url.port or 0)).render_as_string(hide_password=False)

        mailbox = Mailbox()
        await mailbox.start()
        stack.push_async_callback(mailbox.stop)
        stored = await stack.enter_async_context(databases.fresh("bank", bank.service.migrate))
        kept = await stack.enter_async_context(databases.fresh("market_with_test_clock", migrate_with_test_clock))
        await _plant(stored.owner_url, people, seed)
        running = await _bank(stack, forks, stored, await database_through(stored), mailbox, folder)
        environment = await stack.enter_async_context(await _temporal())
        market = await stack.enter_async_context(market_over(kept, running, environment, mailbox, pool_size=AT_ONCE))
        on_chain = await stack.enter_async_context(chain.beside(databases)) if chained else None
        sealing_key = secrets.token_bytes(32)
        market.sealer = Sealer([sealing_key])
        crew = programs.Workers(
            forks,
            {
                "HOLDFAST_DATABASE_URL": await database_through(kept),
                "HOLDFAST_DATABASE_POOL_SIZE": str(POOL),
                "HOLDFAST_BANK_URL": f"http://127.0.0.1:{await through(httpx.URL(running.url).port or 0)}",
                "HOLDFAST_BANK_API_KEY": running.payments_key,
                "HOLDFAST_BANK_TIMEOUT_S": str(BANK_TIMEOUT_S),
                "HOLDFAST_PEPPER": PEPPER,
                "HOLDFAST_SEALING_KEYS": base64.b64encode(sealing_key).decode(),
                "HOLDFAST_TASK_QUEUE": market.task_queue,
                "HOLDFAST_SANDBOX": "false",
                "HOLDFAST_REDRIVE_EVERY_S": str(REDRIVE_EVERY_S),
                "HOLDFAST_WEBHOOK_HOSTS": "127.0.0.1:*",
                "HOLDFAST_STATEMENTS_EVERY_S": "3600",  # a scene with a statement says when there is news
                "TEMPORAL_ADDRESS": environment.client.service_client.config.target_host,
                "TEMPORAL_NAMESPACE": environment.client.namespace,
                **({} if on_chain is None else on_chain.environment),
            },
            folder / "worker.log",
        )
        stack.push_async_callback(crew.stop)
        await crew.keep(workers)
        watch = await stack.enter_async_context(Watch(market.database).running())
        for proxy in proxies:
            proxy.begin()
        yield Rig(market, crew, watch, Figures(), proxies, await _people(running, seed), on_chain)


async def _temporal() -> WorkflowEnvironment:
    return await WorkflowEnvironment.start_time_skipping_v2(
        ts_config=TimeSkippingConfig(max_session_skip_count=MAX_SKIPS),
        search_attributes=SEARCH_ATTRIBUTES,
        dev_server_existing_path=str(binary()),
        dev_server_log_level="never",
        dev_server_extra_args=dynamic_config(TIME_FLAGS + QUEUE_FLAGS),
        dev_server_startup_timeout=timedelta(seconds=60),
    )


async def _plant(url: str, people: int, seed: int) -> None:
    database = Database(url, pool_size=1)
    async with database.transaction() as session:
        await plant(session, TROUBLED, -(-people // BANKS), 1, seed, Money(OPENING_MINOR, "RUB"))
    await database.close()


async def _bank(
    stack: AsyncExitStack, forks: Forks, stored: TestDatabase, url: str, mailbox: Mailbox, folder: Path
) -> RunningBank:
    port = free_port()
    settings = BankSettings(database_url=url, pepper=PEPPER, port=port, smtp_url=mailbox.url)
    environment = {
        "HOLDFAST_BANK_DATABASE_URL": url,
        "HOLDFAST_BANK_DATABASE_POOL_SIZE": str(POOL),
        "HOLDFAST_BANK_PEPPER": PEPPER,
        "HOLDFAST_BANK_SMTP_URL": mailbox.url,
        "HOLDFAST_BANK_PORT": str(port),
        "HOLDFAST_BANK_CODE_PAUSE_S": "0",
        "HOLDFAST_BANK_FAULTS": "true",
        "HOLDFAST_BANK_WEBHOOK_HOSTS": "127.0.0.1:*",
        **boundless.ENVIRONMENT,
    }
    process = await programs.start(forks, "bank.service", environment, folder / "bank.log")
    stack.push_async_callback(process.stop)
    await programs.ready(process, port)
    keeper = Database(stored.url, pool_size=3)
    stack.push_async_callback(keeper.close)
    admin_key = await create_api_key(keeper, "administrator", ["admin"], pepper=PEPPER.encode())
    payments_key = await create_api_key(keeper, "shop", ["payments", "payouts", "platform"], pepper=PEPPER.encode())
    url = f"http://127.0.0.1:{port}"
    client = BankClient(url, payments_key, timeout_s=15.0)
    stack.push_async_callback(client.aclose)
    admin, shop = [
        await stack.enter_async_context(
            httpx.AsyncClient(base_url=f"{url}/api/v1", headers={"Authorization": f"Bearer {key}"}, timeout=60)
        )
        for key in (admin_key, payments_key)
    ]
    return RunningBank(url, stored, settings, keeper, admin_key, payments_key, client, admin, shop, mailbox)


async def _people(running: RunningBank, seed: int) -> list[tuple[int, str, str]]:
    query = text(
        "SELECT a.bank_id, a.number, c.email FROM accounts a JOIN clients c ON c.id = a.client_id "
        "WHERE a.kind = 'client' ORDER BY md5(a.number || :seed)"
    )
    async with running.database.transaction() as session:
        return [(row[0], row[1], row[2]) for row in await session.execute(query, {"seed": str(seed)})]
