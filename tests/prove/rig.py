"""The stack under proof: real PostgreSQL, Temporal, mail, bank and workers, each a program of its own."""

from __future__ import annotations

import asyncio
import base64
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from sqlalchemy import text
from sqlalchemy.engine import make_url
from temporalio.testing import TimeSkippingConfig, WorkflowEnvironment

import bank.service
from audit import workflows
from audit.report import Result
from audit.run import Stores, examine
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
from store.people.marketplaces import create_marketplace
from store.people.users import create_user
from tests.fixtures import boundless
from tests.fixtures.accounts import own_account
from tests.fixtures.bank import PEPPER, RunningBank
from tests.fixtures.clock import migrate_with_test_clock
from tests.fixtures.databases import Databases, TestDatabase
from tests.fixtures.sagas import Market, Party, market_over
from tests.fixtures.temporal import MAX_SKIPS
from tests.prove import chain, programs
from tests.prove.figures import Figures
from tests.prove.proxy import Proxy
from tests.prove.watch import PATIENCE_S, Watch

BANKS = 3
TROUBLED = BANKS + 1  # a bank of its own for scenes that teach it how to misbehave
OPENING_MINOR = 10_000_000  # more than any payment here
POOL = 6  # connections of a program: one lost answer makes it open all of them anew
AT_ONCE = 50  # stories that drive deals at once, with a connection for each: none waits for another on a busy machine
REDRIVE_EVERY_S = 2
BANK_TIMEOUT_S = 2.0


@dataclass
class Rig:
    """`market` drives; `workers` work. Everything that a proof counts goes to `figures`."""

    market: Market
    workers: programs.Workers
    watch: Watch
    figures: Figures
    proxies: list[Proxy] = field(default_factory=list)
    people: list[tuple[int, str, str]] = field(default_factory=list)
    on_chain: chain.OnChain | None = None

    async def open_marketplace(self) -> None:
        """From now on people join a new marketplace: the limit on wrong codes in one is not a proof's to reach."""
        async with self.market.database.transaction() as session:
            self.market.marketplace_id = (await create_marketplace(session, "Test")).id

    async def party(self, bank_id: int | None = None) -> Party:
        """A new person with an account full of money, at `bank_id` or at any bank but the troubled one."""

        wanted = {bank_id} if bank_id is not None else {one[0] for one in self.people} - {TROUBLED}
        position = next((n for n, one in enumerate(self.people) if one[0] in wanted), None)
        assert position is not None, "everybody who was planted has a part already"
        _, number, email = self.people.pop(position)
        async with self.market.database.transaction() as session:
            user = await create_user(session, self.market.marketplace_id, name="Party", email=email, reference=None)
            account = await own_account(session, user, number=number, currency="RUB", payout=True)
        return Party(user, account.id, number, email)

    async def empty_account(self) -> str:
        """The number of a new account without money; asked for until the bank answers."""
        _, _, email = self.people.pop()
        async with self.market.bank.database.transaction() as session:
            client = await session.scalar(text("SELECT id FROM clients WHERE email = :email"), {"email": email})
        key, body = f"admin-{client}", {"bank_id": 1, "client_id": client, "currency": "RUB"}
        while True:
            answer = await self.market.bank.admin.post("/accounts", json=body, headers={"Idempotency-Key": key})
            if answer.is_success:
                return str(answer.json()["number"])
            assert answer.status_code in (409, 503), answer.text
            await asyncio.sleep(0.2)

    async def balances(self, numbers: list[str]) -> dict[str, tuple[int, int]]:
        """Balance and the held part of it at the bank, minor units, by account number."""
        query = text(
            "SELECT a.number, l.balance_minor, l.held_minor FROM accounts a "
            "JOIN ledger.accounts l ON l.id = a.ledger_id WHERE a.number = ANY (:numbers)"
        )
        async with self.market.bank.database.transaction() as session:
            return {row[0]: (row[1], row[2]) for row in await session.execute(query, {"numbers": numbers})}

    async def _until_compared(self) -> None:
        """Payers are not made to wait for the closing statements that are compared after their refunds."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                async with self.market.database.transaction() as session:
                    if not await session.scalar(text("SELECT count(*) FROM refunds WHERE compared_at IS NULL")):
                        return
                await asyncio.sleep(0.1)

    async def _until_wallets_are_at_rest(self) -> None:
        """The worker that replaces a dead one may still have to end workflows whose rows are final."""
        nouns = ("withdrawal/", "payment-request/", "top-up/")
        async with asyncio.timeout(PATIENCE_S):
            while any(id_.startswith(nouns) for id_ in await self.market.sagas.open_workflow_ids()):
                await asyncio.sleep(0.2)

    async def _until_workflows_have_ended(self) -> None:
        """A row is final a moment before its workflow, long on a busy machine. The audit names what never ends."""
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                while (await self._workflows()).broken:
                    await asyncio.sleep(0.2)

    async def _workflows(self) -> Result:
        return await workflows.examine(self.market.database, self.market.sagas, datetime.now(UTC), timedelta(0))

    async def conclude(self) -> Figures:
        """Counts what happened, and has `holdfast audit` look at all three stores."""
        market, figures = self.market, self.figures
        await self._until_compared()
        await self._until_wallets_are_at_rest()
        await self._until_workflows_have_ended()
        for proxy in self.proxies:
            proxy.end()
        async with market.bank.database.transaction() as session:
            counted = await session.execute(
                text("SELECT count(*), count(DISTINCT key) FROM requests WHERE key LIKE '%/%/%'")
            )
            arrived, keys = counted.one()
            at_bank = {row.kind: row.n for row in await session.execute(text(_AT_BANK))}
        async with market.database.transaction() as session:
            here = {row.kind: row.n for row in await session.execute(text(_HERE))}
            figures.deals, figures.payments = (await session.execute(text(_ROWS))).one()
        figures.operations, figures.duplicate_requests = keys, arrived - keys
        figures.kills += self.workers.kills
        figures.lost_answers = sum(proxy.lost for proxy in self.proxies)
        if at_bank != here:
            figures.differences.append(f"the bank made {at_bank}, the market has {here} on record")
        at = {} if self.on_chain is None else {"signer": self.on_chain.at_signer, "node": self.on_chain.at_node}
        stores = Stores(market.database, market.bank.client, market.sagas, market.bank.url, market.bank.admin_key, **at)
        report = await examine(stores, timedelta(0))
        figures.differences += [f"audit, {one.check}: {one.detail}" for one in report.violations]
        return figures


_ROWS = "SELECT (SELECT count(*) FROM deals), (SELECT count(*) FROM payments)"
_AT_BANK = """
SELECT * FROM (
    SELECT kind, count(*) AS n FROM operations GROUP BY kind
    UNION ALL SELECT 'payout', count(*) FROM payouts
) AS made WHERE n > 0 ORDER BY kind
"""
_HERE = """
WITH at_banks AS (
    SELECT s.name FROM steps s JOIN payments p ON p.id = s.payment_id
    WHERE s.state = 'done' AND p.account_id IS NOT NULL
)
SELECT * FROM (
    SELECT 'debit' AS kind, count(*) AS n FROM payments WHERE operation IS NOT NULL AND account_id IS NOT NULL
    UNION ALL SELECT 'credit', count(*) FROM at_banks WHERE name IN ('credit', 'rest', 'commission')
    UNION ALL SELECT 'refund', count(*) FROM at_banks WHERE name = 'refund'
    UNION ALL SELECT 'payout', count(*) FROM withdrawals WHERE operation IS NOT NULL AND gateway IS NULL
) AS made WHERE n > 0 ORDER BY kind
"""


@asynccontextmanager
async def rig(
    databases: Databases, *, people: int, seed: int, workers: int = 2, lose_percent: float = 0.0, chained: bool = False
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
        running = await _bank(stack, stored, await database_through(stored), mailbox, folder)
        environment = await stack.enter_async_context(await _temporal())
        market = await stack.enter_async_context(market_over(kept, running, environment, mailbox, pool_size=AT_ONCE))
        on_chain = await stack.enter_async_context(chain.beside(databases)) if chained else None
        sealing_key = secrets.token_bytes(32)
        market.sealer = Sealer([sealing_key])
        crew = programs.Workers(
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


async def _bank(stack: AsyncExitStack, stored: TestDatabase, url: str, mailbox: Mailbox, folder: Path) -> RunningBank:
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
    process = await programs.start("bank.service", environment, folder / "bank.log")
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
