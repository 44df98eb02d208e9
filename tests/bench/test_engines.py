"""The other engines of the benchmark make whole payments with the product's steps."""

from __future__ import annotations

import base64
import os
from contextlib import aclosing
from dataclasses import replace

from bench.counts import Counts
from bench.engine import engine
from bench.figures import DBOS, MOST_STATEMENTS, PRODUCT, Figures, Kind
from bench.histories import Events
from bench.payments import ENGINES
from bench.queue_job import work_off
from bench.unaided import Saga
from demo.market import Market as Marketplace
from store.people.api_keys import issue_key
from tests.fixtures.databases import Databases
from tests.fixtures.sagas import CODE_RULES, Market

PEPPER = "pepper of the engines"


async def test_a_job_of_the_queue_is_parked_until_the_code_and_then_pays(idle_market: Market) -> None:
    market = idle_market
    saga = Saga(market.database, market.bank.client, market.sealer, CODE_RULES)
    seller, buyer, deal = await market.sale()
    payment = await market.pay(deal, buyer)

    assert not await work_off(saga, str(payment.id), str(deal.id))
    assert (await market.now(payment)).state == "awaiting_code"
    await market.submit(payment, await market.code(buyer))
    assert await work_off(saga, str(payment.id), str(deal.id))

    await market.until(deal, "completed")
    assert await market.balance(seller) == "475.00, 0.00 held"
    assert await market.bank.violations() == []
    assert await market.alarms() == {}


async def test_a_workflow_of_dbos_waits_for_the_code_and_then_pays(idle_market: Market, databases: Databases) -> None:
    market, (tables, commands) = idle_market, ENGINES[DBOS]
    seller, buyer, deal = await market.sale()
    async with market.database.transaction() as session:
        key = await issue_key(session, PEPPER.encode(), marketplace_id=market.marketplace_id)
    environment = {
        **os.environ,
        "HOLDFAST_DATABASE_URL": market.stored.url,
        "HOLDFAST_BANK_URL": market.bank.url,
        "HOLDFAST_BANK_API_KEY": market.bank.payments_key,
        "HOLDFAST_PEPPER": PEPPER,
        "HOLDFAST_SEALING_KEYS": base64.b64encode(bytes(32)).decode(),
    }
    name = f"{DBOS}_{market.stored.name}"
    async with engine(databases.server, name, tables, environment, *commands) as (url, _):
        async with aclosing(Marketplace(url, key)) as shop:
            payment = await shop.pay(str(deal.id), str(buyer.account_id))
            await shop.submit(payment.id, await market.code(buyer))
            await market.until(deal, "completed")
    assert await market.balance(seller) == "475.00, 0.00 held"
    assert await market.alarms() == {}
    await databases.server.drop_database(name)


def test_a_count_above_its_bound_is_named_with_the_bound() -> None:
    within = Counts(statements=61.0, commits=9.0, engine_statements=0.0, bank_calls=6.0)

    def beyond(counts: Counts) -> list[str]:
        return Figures(Events(), Events(), {PRODUCT: Kind(counts=counts, events=29.0)}).beyond_bounds()

    assert beyond(within) == []
    [named] = beyond(replace(within, statements=MOST_STATEMENTS + 1.0))
    assert named == f"statements in the market: {MOST_STATEMENTS + 1}, at most {MOST_STATEMENTS}"
