"""Lists are read at a replica that has everything, and nothing that is away or behind shows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from itertools import count
from types import SimpleNamespace

import httpx
import pytest
import pytest_asyncio
from prometheus_client import REGISTRY
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from admin.moments import OneMoment
from devstack.postgres import PostgresServer
from edge import replica as module
from edge.database import Database
from edge.replica import Replica
from pages.site import install
from tests.fixtures.administration import browser, log_in
from tests.fixtures.databases import TestDatabase
from tests.fixtures.forms import Forms
from tests.fixtures.market import (
    Api,
    RecordedSignals,
    calling,
    market_settings,
    serving_api,
)
from tests.fixtures.patience import PATIENCE_S
from tests.fixtures.people import PASSWORD, people_of
from tests.fixtures.replica import Standby
from tests.fixtures.sagas import eventually


@pytest_asyncio.fixture(loop_scope="session")
async def replicated(postgres: PostgresServer, api_database: TestDatabase, replica: Standby) -> TestDatabase:
    """A market's database, and the replica's of the same name."""
    async with postgres.connect() as connection:
        # The server of the tests shows commits before they are in its log, as no server of a market does.
        await connection.execute(text(f'ALTER DATABASE "{api_database.name}" SET synchronous_commit = on'))
    known = text("SELECT 1 FROM pg_database WHERE datname = :name")

    async def arrived() -> bool:
        async with replica.connect() as connection:
            return await connection.scalar(known, {"name": api_database.name}) is not None

    await eventually(arrived, bool, "the database at the replica")
    return api_database


@pytest_asyncio.fixture(loop_scope="session")
async def shared(replicated: TestDatabase, replica: Standby, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Api]:
    """A program with the replica. It looks at it again at once when it was behind or away."""
    monkeypatch.setattr(module, "BEHIND_FOR_S", 0.0)
    monkeypatch.setattr(module, "AWAY_FOR_S", 0.0)
    monkeypatch.setattr(module, "ANSWER_WITHIN_S", PATIENCE_S)  # on a machine that has much else to do
    settings = market_settings(replicated, database_read_url=replica.url(replicated.name))
    async with serving_api(replicated, settings, RecordedSignals(), install) as served, calling(served) as api:
        yield api


def reads(server: str) -> float:
    return REGISTRY.get_sample_value("holdfast_list_reads_total", {"server": server}) or 0.0


async def test_lists_are_read_at_the_replica_with_what_was_just_written_and_at_the_database_while_it_is_behind(
    shared: Api, replica: Standby
) -> None:
    numbers = count()

    async def listed_at_the_replica() -> bool:
        before = reads("replica")
        made = await shared.client.user("Quick", f"quick-{next(numbers)}@example.test")
        page = await shared.client.read("/users?limit=100")
        assert page["items"][-1]["id"] == made["id"]
        return reads("replica") > before

    await eventually(listed_at_the_replica, bool, "a list read at the replica")
    async with replica.behind():
        before = reads("replica")
        made = await shared.client.user("Late", "late@example.test")
        page = await shared.client.read("/users?limit=100")
        assert page["items"][-1]["id"] == made["id"]
        assert reads("replica") == before
        ready = (await shared.client._http.get(f"{shared.address}/ready")).json()
        assert ready["status"] == "ok" and ready["replica_behind_s"] > 0
    await eventually(listed_at_the_replica, bool, "a list read at the replica again")


async def test_administrators_pages_are_read_there_too(shared: Api, hashed_password: str) -> None:
    admin = await people_of(shared, hashed_password).staff(administrator=True)
    async with browser(shared) as client:
        await log_in(client, admin)

        async def read_at_the_replica(path: str) -> bool:
            before = reads("replica")
            assert (await client.get(path)).status_code == 200
            return reads("replica") > before

        for path in ("/admin/", "/admin/users/list", "/admin/stuck"):
            await eventually(partial(read_at_the_replica, path), bool, f"{path} read at the replica")


async def test_a_person_finds_what_they_have_just_bought_in_their_list_whichever_server_answers(
    shared: Api, replica: Standby, hashed_password: str
) -> None:
    buyer = await people_of(shared, hashed_password).client()
    seller = await shared.client.user("Sonja", "sonja@example.test")
    offer = await shared.client.offer(seller["id"], "100.00", quantity=100)
    await shared.operator.moderate(offer["id"], commission_percent=None)
    async with browser(shared) as person:

        async def sent(page: str, action: str, **typed: str) -> str:
            shown = Forms(page)
            shown.feed((await person.get(page)).text)
            [form] = [form for form in shown.found if form.action == action]
            return (await person.post(action, data=form.fields | typed)).headers["Location"]

        async def bought() -> str:
            """Where the list was read, with the new deal in it."""
            before = reads("replica")
            deal = (await sent(f"/offers/{offer['id']}", f"/offers/{offer['id']}/purchase")).split("/")[2]
            assert f"/deals/{deal}" in (await person.get("/my/deals")).text
            return "replica" if reads("replica") > before else "database"

        await sent("/log-in", "/log-in", login=buyer.login, password=PASSWORD)
        await eventually(bought, lambda server: server == "replica", "the page of a list read at the replica")
        async with replica.behind():
            assert await bought() == "database"


async def test_a_replica_that_is_away_makes_nothing_fail_and_operators_read_of_it(
    shared: Api, replica: Standby
) -> None:
    await replica.stop()
    try:
        made = await shared.client.user("Alone", "alone@example.test")
        assert (await shared.client.read("/users?limit=100"))["items"][-1]["id"] == made["id"]
        ready = await shared.client._http.get(f"{shared.address}/ready")
        assert ready.json() == {
            "status": "ok",
            "notices": ["The replica for lists does not answer; the database itself is read."],
        }
    finally:
        await replica.start()


async def test_nothing_can_be_written_where_lists_are_read(replicated: TestDatabase, replica: Standby) -> None:
    database = Database(replicated.url, pool_size=1)
    for url in (replica.url(replicated.name), None):  # at the replica, and at the database in its place
        reading = Replica(database, url, pool_size=1)
        with pytest.raises(DBAPIError, match="read-only transaction"):
            async with reading.snapshot() as session:
                await session.execute(text("DELETE FROM deals"))
        await reading.close()
    await database.close()


async def test_a_server_that_replays_nothing_of_the_database_is_never_read(
    replicated: TestDatabase, replica: Standby
) -> None:
    """One that was promoted would show an old state for ever; the database itself stands for it here."""
    database = Database(replicated.url, pool_size=2)
    before = reads("replica")
    promoted = Replica(database, replicated.url, pool_size=1)
    async with promoted.snapshot() as session:
        assert await session.scalar(text("SELECT pg_is_in_recovery()")) is False
    assert reads("replica") == before
    await promoted.close()
    await database.close()


async def test_a_page_of_administrators_that_the_replica_had_to_end_is_answered_503_and_then_read_at_the_database(
    replicated: TestDatabase, replica: Standby, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AWAY_FOR_S", 3600.0)
    database, at_replica = Database(replicated.url, pool_size=2), replica.url(replicated.name)
    for limit in ("PATIENCE_S", "ANSWER_WITHIN_S"):
        monkeypatch.setattr(module, limit, PATIENCE_S)
    reading = Replica(database, at_replica, pool_size=1)
    at: list[bool | None] = []

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        session = scope["state"]["session"]
        at.append(await session.scalar(text("SELECT pg_is_in_recovery()")))
        if at[-1]:  # as when what is to be replayed has removed what is being read
            await session.execute(text("DO $$ BEGIN RAISE 'ended' USING ERRCODE = '40001'; END $$"))
        await PlainTextResponse("read")(scope, receive, send)

    async def with_session(scope: Scope, receive: Receive, send: Send) -> None:
        async with AsyncSession(database.engine) as session:
            services = SimpleNamespace(replica=reading)
            known = {"state": {"session": session}, "app": SimpleNamespace(state=SimpleNamespace(services=services))}
            await OneMoment(page)({**scope, **known}, receive, send)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(with_session), base_url="http://market") as client:
        ended, read = [await client.get("/admin/deals/list") for _ in "12"]
    assert (ended.status_code, read.status_code, at) == (503, 200, [True, False]), ended.text
    await reading.close()
    await database.close()
