"""What a payment costs: statements and transactions on the wire, its API's writes included; activities and events."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

import pytest_asyncio
from pydantic import SecretStr
from temporalio.api.history.v1 import HistoryEvent
from temporalio.testing import WorkflowEnvironment

from bench.histories import steps_taken
from devstack.mailbox import Mailbox
from domain import keys
from edge.sealing import Sealer
from store.deals.deals import Deal
from store.people.api_keys import issue_key
from tests.fixtures.bank import RunningBank
from tests.fixtures.clock import migrate_with_test_clock
from tests.fixtures.databases import Databases
from tests.fixtures.exchanges import Exchanges, exchanges
from tests.fixtures.market import PATIENCE_S, market_settings, serving_api
from tests.fixtures.market_client import MarketClient
from tests.fixtures.sagas import Market, Party, eventually, market_over
from tests.replay.histories import closed_history

SECRET: Final = b"k" * 32
WARM: Final = 2  # payments before one is counted: the ledger accounts that they share are open then


COUNTED: Final = 3  # two steps that meet at the deal's row cost a statement more, so the least counts


@dataclass(frozen=True, slots=True)
class Cost:
    """`statements` leaves out BEGIN and COMMIT, `transactions` what is read without any."""

    statements: int
    transactions: int
    activities: int
    events: int


@dataclass
class Watched:
    """A market that a marketplace uses through its API; what either sends to the database is noted."""

    market: Market
    client: MarketClient
    noted: Exchanges

    async def bought(self, seller: Party, buyer: Party) -> Deal:
        deal = await self.market.deal(seller, buyer, "100.00")
        handle = self.market.workflow(deal)
        await eventually(handle.fetch_history, lambda seen: _finished_tasks(seen.events) > 0, "the deal to be asleep")
        return deal

    async def paid(self, deal: Deal, buyer: Party) -> UUID:
        """One payment of the whole price, from the request to the end of the deal."""
        payment = await self.client.make(f"/deals/{deal.id}/payments", {"account_id": str(buyer.account_id)})
        handle = self.market.environment.client.get_workflow_handle(keys.payment_workflow(payment["id"]))
        code = await self.market.code(buyer)
        # Its workflow waits for the code by then, as it does when a person types it.
        await eventually(handle.fetch_history, lambda seen: bool(steps_taken(seen.events)), "the payment to wait")
        await self.client.make(f"/payments/{payment['id']}/code-attempts", {"code": code})
        await handle.result()
        await self.market.workflow(deal).result()
        return UUID(payment["id"])


@pytest_asyncio.fixture(loop_scope="session")
async def watched(
    databases: Databases, saga_bank: RunningBank, temporal: WorkflowEnvironment, mailbox: Mailbox
) -> AsyncIterator[Watched]:
    async with AsyncExitStack() as stack:
        fresh = await stack.enter_async_context(databases.fresh("market_with_test_clock", migrate_with_test_clock))
        noted = await stack.enter_async_context(exchanges(fresh.url))
        through = replace(fresh, url=noted.url)
        market = await stack.enter_async_context(market_over(through, saga_bank, temporal, mailbox))
        market.sealer = Sealer([SECRET])
        settings = market_settings(through, sealing_keys=SecretStr(base64.b64encode(SECRET).decode()))
        served = await stack.enter_async_context(serving_api(through, settings, market.sagas))
        async with market.database.transaction() as session:
            key = await issue_key(session, settings.pepper_bytes, marketplace_id=market.marketplace_id)
        client = await stack.enter_async_context(aclosing(MarketClient(served.address, key, timeout_s=PATIENCE_S)))
        await stack.enter_async_context(market.working())
        yield Watched(market, client, noted)


async def test_a_payment_of_the_whole_price_costs_no_more_than_this(watched: Watched) -> None:
    market = watched.market
    seller, buyer = await market.party(2, None), await market.party(1, "10000.00")
    for _ in range(WARM):
        await watched.paid(await watched.bought(seller, buyer), buyer)
    costs = [await _cost(watched, await watched.bought(seller, buyer), buyer) for _ in range(COUNTED)]

    assert min(cost.statements for cost in costs) <= 57, costs
    assert min(cost.transactions for cost in costs) <= 9, costs
    assert min(cost.activities for cost in costs) <= 6, costs
    assert min(cost.events for cost in costs) <= 30, costs


async def _cost(watched: Watched, deal: Deal, buyer: Party) -> Cost:
    since = len(watched.noted.seen)
    payment_id = await watched.paid(deal, buyer)
    sent = watched.noted.executed(since)
    ids = keys.deal_workflow(str(deal.id)), keys.payment_workflow(str(payment_id))
    histories = [await closed_history(watched.market, id_) for id_ in ids]
    return Cost(
        statements=sum(not sql.startswith(("BEGIN", "COMMIT", "ROLLBACK")) for sql in sent),
        transactions=sum(sql.startswith("COMMIT") for sql in sent),
        activities=sum(len(steps_taken(history.events)) for history in histories),
        events=sum(len(history.events) for history in histories),
    )


def _finished_tasks(events: Sequence[HistoryEvent]) -> int:
    return sum(event.HasField("workflow_task_completed_event_attributes") for event in events)
