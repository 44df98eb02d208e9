"""What is committed is answered, and what is answered is committed, during any outage."""

from __future__ import annotations

import asyncio
import socket

import httpx
import pytest
from sqlalchemy import text

from edge.database import Database
from tests.fixtures.databases import TestDatabase
from tests.fixtures.market import Api, RecordedSignals, calling, market_settings, serving_api
from tests.fixtures.market_client import new_key
from tests.fixtures.shop import Shop, open_shop

# A commit that fails after everything else has worked.
FAILING_COMMIT = (
    "CREATE FUNCTION fail_at_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no commit'; END $$",
    """CREATE CONSTRAINT TRIGGER fail_at_commit AFTER INSERT ON deals DEFERRABLE INITIALLY DEFERRED
       FOR EACH ROW EXECUTE FUNCTION fail_at_commit()""",
)


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.mark.source("discussion:85-88")
async def test_workflows_are_rung_at_after_the_commit(shop: Shop, signals: RecordedSignals) -> None:
    deal = await shop.deal()
    payment = await shop.api.client.pay(deal["id"], shop.account["id"])
    await signals.heard(f"deal/{deal['id']}")  # noted only once another connection has found the rows
    await signals.heard(f"payment/{payment['id']} opening")
    assert signals.signalled.count(f"deal/{deal['id']}") == 1


async def test_the_answer_does_not_wait_for_temporal(shop: Shop, signals: RecordedSignals) -> None:
    signals.slow = asyncio.Event()
    try:
        deal = await asyncio.wait_for(shop.deal(), 120)
        assert f"deal/{deal['id']}" not in signals.signalled
    finally:
        signals.slow.set()
        signals.slow = None
    await signals.heard(f"deal/{deal['id']}")


async def test_a_failing_commit_is_an_error_and_signals_nothing(api_database: TestDatabase) -> None:
    signaller = RecordedSignals()
    async with serving_api(api_database, market_settings(api_database), signaller) as served, calling(served) as api:
        signaller.database = served.database
        shop = await open_shop(api)
        offer, owner = await shop.offer(), Database(api_database.owner_url, pool_size=1)
        async with owner.transaction() as session:
            for statement in FAILING_COMMIT:
                await session.execute(text(statement))
        await owner.close()
        headers = {"Authorization": f"Bearer {api.key}", "Idempotency-Key": new_key()}
        async with httpx.AsyncClient(base_url=api.address, headers=headers, trust_env=False) as client:
            reply = await client.post("/api/v1/deals", json={"offer_id": offer["id"], "buyer_id": shop.buyer["id"]})
        assert (reply.status_code, reply.json()["code"]) == (500, "internal_error")
        assert "no commit" not in reply.text
        assert (await api.count("deals"), signaller.signalled) == (0, [])
        assert (await api.client.read(f"/offers/{offer['id']}"))["quantity"] == 1


async def test_without_temporal_deals_and_payments_are_made_all_the_same(
    api_database: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", f"127.0.0.1:{closed_port()}")
    async with serving_api(api_database, market_settings(api_database)) as served, calling(served) as api:
        shop = await open_shop(api)
        deal = await shop.deal()
        payment = await shop.payment(deal)
        submitted = await api.client.submit(payment["id"], "ABCD-EFGH")
        ready, alive = await root(api, "/ready"), await root(api, "/health")
    assert (deal["state"], submitted["payment"]["state"]) == ("awaiting_payment", "processing")
    assert (ready.status_code, ready.json()["code"]) == (503, "not_ready")
    assert ready.json()["detail"] == "Not answering: temporal."
    assert alive.status_code == 200


async def test_without_its_database_the_api_says_when_to_come_back() -> None:
    gone = f"postgresql+asyncpg://nobody:none@127.0.0.1:{closed_port()}/market"
    database = TestDatabase("gone", gone, gone, gone)
    async with serving_api(database, market_settings(database), RecordedSignals()) as served:
        async with httpx.AsyncClient(base_url=served.address, trust_env=False) as client:
            secret = "hf_mp_000000000000_" + "a" * 43
            headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": new_key()}
            body = {"name": "Anna", "email": "anna@example.test"}
            reply = await client.post("/api/v1/users", json=body, headers=headers)
            ready = await client.get("/ready")
    assert (reply.status_code, reply.json()["code"]) == (503, "database_unavailable")
    assert int(reply.headers["retry-after"]) >= 1
    assert ready.json()["detail"] == "Not answering: database, migrations."


async def test_books_that_are_behind_are_read_and_not_written(api_database: TestDatabase) -> None:
    async with (
        serving_api(api_database, market_settings(api_database), RecordedSignals()) as served,
        calling(served) as api,
    ):
        shop = await open_shop(api)
        offer = await shop.offer()
        behind = "UPDATE checkpoint SET behind_since = clock_timestamp(), latest = number"
        async with served.database.transaction() as session:
            await session.execute(text(behind))
        purchase = {"offer_id": offer["id"], "buyer_id": shop.buyer["id"]}
        headers = {"Authorization": f"Bearer {api.key}"}
        async with httpx.AsyncClient(base_url=f"{api.address}/api/v1", headers=headers, trust_env=False) as client:
            for path, body in (("/deals", purchase), ("/users", {"name": "Anna", "email": "anna@example.test"})):
                reply = await client.post(path, json=body, headers={"Idempotency-Key": new_key()})
                assert (reply.status_code, reply.json()["code"]) == (503, "books_behind")
                assert int(reply.headers["retry-after"]) > 1
        assert (await api.client.read(f"/offers/{offer['id']}"))["quantity"] == 1
        assert (await api.count("deals"), (await root(api, "/ready")).status_code) == (0, 200)
        async with served.database.transaction() as session:
            await session.execute(text("UPDATE checkpoint SET behind_since = NULL"))
        assert (await api.client.buy(offer["id"], shop.buyer["id"]))["state"] == "awaiting_payment"


async def test_a_ready_api_says_so(api: Api) -> None:
    ready = await root(api, "/ready")
    assert (ready.status_code, ready.json()) == (200, {"status": "ok"})


async def test_a_database_that_was_never_migrated_is_not_ready(api: Api, api_database: TestDatabase) -> None:
    owner = Database(api_database.owner_url, pool_size=1)
    async with owner.transaction() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    await owner.close()
    async with serving_api(api_database, market_settings(api_database), RecordedSignals()) as served:
        async with httpx.AsyncClient(base_url=served.address, trust_env=False) as client:
            ready = await client.get("/ready")
    assert (ready.status_code, ready.json()["detail"]) == (503, "Not answering: migrations.")


async def root(api: Api, path: str) -> httpx.Response:
    async with httpx.AsyncClient(base_url=api.address, trust_env=False) as client:
        return await client.get(path)
