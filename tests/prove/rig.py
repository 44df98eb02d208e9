"""What a proof does with the stack under it, and what it counts there in the end."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from audit import workflows
from audit.report import Result
from audit.run import Stores, examine
from store.people.marketplaces import create_marketplace
from store.people.users import create_user
from tests.fixtures.accounts import own_account
from tests.fixtures.sagas import Market, Party
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


@dataclass(frozen=True)
class Counted:
    """Rows of a stack's market and bank; of requests those of sagas, and how many different keys they have."""

    deals: int = 0
    payments: int = 0
    arrived: int = 0
    keys: int = 0
    kills: int = 0
    states: Counter[str] = field(default_factory=Counter)


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
    _before: Counted = field(default_factory=Counted)

    async def begin(self, workers: int) -> None:
        """Another proof begins on this stack, with so many workers; only what it does is counted."""
        if workers:
            await self.workers.keep(workers)
        else:
            await self.workers.stop()
        self.figures, self._before = Figures(), await self._counted()

    async def _counted(self) -> Counted:
        """What there is by now on the whole stack."""
        async with self.market.bank.database.transaction() as session:
            arrived, keys = (await session.execute(text(_REQUESTS))).one()
        async with self.market.database.transaction() as session:
            deals, payments = (await session.execute(text(_ROWS))).one()
            ended = {row.state: row.n for row in await session.execute(text(_ENDED))}
        return Counted(deals, payments, arrived, keys, self.workers.kills, Counter(ended))

    async def ended(self) -> dict[str, int]:
        """How many deals of this proof are in which state, the most frequent first."""
        return dict(((await self._counted()).states - self._before.states).most_common())

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
                await asyncio.sleep(0.5)  # waits: looking lists every workflow

    async def _until_workflows_have_ended(self) -> None:
        """A row is final a moment before its workflow, long on a busy machine. The audit names what never ends."""
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                while (await self._workflows()).broken:
                    await asyncio.sleep(0.5)  # waits: looking lists every workflow

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
        if self.on_chain is not None:  # whose last block may be minutes old, which the audit takes for a standstill
            self.on_chain.node.solidify()
            await self.on_chain.read(market)
        now, before = await self._counted(), self._before
        async with market.bank.database.transaction() as session:
            at_bank = {row.kind: row.n for row in await session.execute(text(_AT_BANK))}
        async with market.database.transaction() as session:
            here = {row.kind: row.n for row in await session.execute(text(_HERE))}
        figures.deals, figures.payments = now.deals - before.deals, now.payments - before.payments
        figures.operations = now.keys - before.keys
        figures.duplicate_requests = now.arrived - before.arrived - figures.operations
        figures.kills += now.kills - before.kills
        figures.lost_answers = sum(proxy.lost for proxy in self.proxies)
        if at_bank != here:
            figures.differences.append(f"the bank made {at_bank}, the market has {here} on record")
        at = {} if self.on_chain is None else {"signer": self.on_chain.at_signer, "node": self.on_chain.at_node}
        stores = Stores(market.database, market.bank.client, market.sagas, market.bank.url, market.bank.admin_key, **at)
        report = await examine(stores, timedelta(0))
        figures.differences += [f"audit, {one.check}: {one.detail}" for one in report.violations]
        return figures


_ENDED = "SELECT state, count(*) AS n FROM deals GROUP BY state"
_REQUESTS = "SELECT count(*), count(DISTINCT key) FROM requests WHERE key LIKE '%/%/%'"  # those of sagas
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
