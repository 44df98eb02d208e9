"""What the API's writes of a payment cost, counted on the wire; and how long a purchase holds its offer."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest
import pytest_asyncio

from tests.fixtures.clock import migrate_with_test_clock
from tests.fixtures.databases import Databases
from tests.fixtures.exchanges import Exchanges, exchanges
from tests.fixtures.market import RecordedSignals, calling, market_settings, serving_api
from tests.fixtures.market_client import Json
from tests.fixtures.shop import Shop, open_shop

FRAME = ("BEGIN", "COMMIT")
WARM = 2  # writes of each kind before one is counted: every statement is prepared then


@dataclass(frozen=True, slots=True)
class Watched:
    """A shop whose API has one connection to its database; `noted` is what the API sends there."""

    shop: Shop
    noted: Exchanges

    def sent(self, since: int) -> list[str]:
        """Statements from exchange number `since` on, those that only prepare and blanks around them left out."""
        return [" ".join(sql.split()) for sql in self.noted.executed(since)]


@pytest_asyncio.fixture(loop_scope="session")
async def watched(databases: Databases) -> AsyncIterator[Watched]:
    async with AsyncExitStack() as stack:
        fresh = await stack.enter_async_context(databases.fresh("market_with_test_clock", migrate_with_test_clock))
        noted = await stack.enter_async_context(exchanges(fresh.url))
        settings = market_settings(fresh, database_url=noted.url, database_pool_size=1)
        signaller = RecordedSignals()
        served = await stack.enter_async_context(serving_api(fresh, settings, signaller))
        signaller.database = served.database
        yield Watched(await open_shop(await stack.enter_async_context(calling(served))), noted)


@pytest.mark.timeout(600)
async def test_the_three_writes_of_a_payment_send_no_more_statements_than_this(watched: Watched) -> None:
    shop, client, sent = watched.shop, watched.shop.api.client, Counter[str]()
    offer = await shop.offer(quantity=WARM + 1)
    for _ in range(WARM + 1):
        begun = len(watched.noted.seen)
        deal = await client.buy(offer["id"], shop.buyer["id"])
        bought = len(watched.noted.seen)
        payment = await client.pay(deal["id"], shop.account["id"])
        paid = len(watched.noted.seen)
        await shop.operation_opened(payment)
        await shop.code_sent(payment)
        await client.submit(payment["id"], "ABCD-EFGH")
        sent = Counter(
            buy=_work(watched.sent(begun)) - _work(watched.sent(bought)),
            pay=_work(watched.sent(bought)) - _work(watched.sent(paid)),
            submit=_work(watched.sent(paid)),
        )
        last = watched.sent(begun)
    # Each with one statement for the API key, and two for the idempotency key.
    assert sent == {"buy": 8, "pay": 9, "submit": 7}, "\n".join(last)


def _work(statements: list[str]) -> int:
    return sum(not sql.startswith(FRAME) for sql in statements)


async def test_a_purchase_locks_its_offer_for_three_statements_and_the_commit(watched: Watched) -> None:
    shop = watched.shop
    offer = await shop.offer(quantity=WARM + 1)
    for _ in range(WARM + 1):
        since = len(watched.noted.seen)
        await shop.api.client.buy(offer["id"], shop.buyer["id"])
    sent = watched.sent(since)
    [lock] = [place for place, sql in enumerate(sent) if "FROM offers" in sql and "FOR NO KEY UPDATE" in sql]
    assert [sql.split("(")[0].split()[0] for sql in sent[lock:]] == ["SELECT", "WITH", "INSERT", "COMMIT;"], sent


@pytest.mark.timeout(600)
async def test_fifty_who_want_ten_pieces_at_once_make_ten_deals(shop: Shop) -> None:
    offer = await shop.offer(quantity=10)
    body = {"offer_id": offer["id"], "buyer_id": shop.buyer["id"]}
    replies = await asyncio.gather(*(shop.api.client.post("/deals", body) for _ in range(50)))
    refused: list[Json] = [reply.json() for reply in replies if reply.status_code != 201]
    assert [refusal["code"] for refusal in refused] == ["sold_out"] * 40
    deals = await shop.api.rows("SELECT count(*), count(DISTINCT id) FROM deals WHERE offer_id = :id", id=offer["id"])
    left = await shop.api.rows("SELECT quantity FROM offers WHERE id = :id", id=offer["id"])
    assert (deals, left) == ([(10, 10)], [(0,)])
