"""Schedules that are deleted, or lost with the whole of Temporal, are restored while the worker lives."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
import pytest_asyncio
from sqlalchemy import text
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

import worker
from activities.redriver import RedriverWatch
from devstack.mailbox import Mailbox
from devstack.temporal import TemporalServer
from schedules import WORKFLOWS
from store.operations.redrive_runs import last_redrive
from tests.fixtures.bank import RunningBank
from tests.fixtures.databases import Databases
from tests.fixtures.market import NOWHERE, market_settings
from tests.fixtures.sagas import Market, eventually, open_market


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TemporalServer]:
    """A Temporal of this module's own, whose state can be taken from it."""
    server = TemporalServer(tmp_path_factory.mktemp("temporal"))
    await server.start()
    yield server
    await server.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def looked_after(
    server: TemporalServer,
    databases: Databases,
    saga_bank: RunningBank,
    mailbox: Mailbox,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Market]:
    """A market whose worker looks after its schedules, as `python -m worker` does."""
    monkeypatch.setattr(worker, "LOOK_AFTER_SCHEDULES_S", 0.2)
    environment = WorkflowEnvironment.from_client(await Client.connect(server.address))
    async with open_market(databases, saga_bank, environment, mailbox) as market, market.working(), _kept(market):
        yield market


@asynccontextmanager
async def _kept(market: Market) -> AsyncIterator[None]:
    stop = asyncio.Event()
    # Once an hour, so that no schedule runs during a test.
    seldom = dict.fromkeys(("redrive_every_s", "mails_every_s", "directory_every_s", "expiry_every_s"), 3600)
    settings = market_settings(NOWHERE).model_copy(update=seldom)
    keeper = asyncio.create_task(worker.keep_schedules(market.sagas, settings, stop))
    yield
    stop.set()
    await keeper


async def _schedules(client: Client) -> set[str]:
    return {schedule.id async for schedule in await client.list_schedules()}


async def _all_are_there(client: Client) -> set[str]:
    return await eventually(lambda: _schedules(client), lambda seen: seen == set(WORKFLOWS), "every schedule")


async def test_deleted_schedules_come_back(looked_after: Market) -> None:
    client = looked_after.environment.client
    await _all_are_there(client)
    before = {id_: (await client.get_schedule_handle(id_).describe()).info.created_at for id_ in WORKFLOWS}
    for id_ in WORKFLOWS:
        await client.get_schedule_handle(id_).delete()

    async def made_again() -> bool:
        after = {id_: (await client.get_schedule_handle(id_).describe()).info.created_at for id_ in WORKFLOWS}
        return all(after[id_] > before[id_] for id_ in WORKFLOWS)

    await _all_are_there(client)
    assert await made_again()


async def test_after_temporal_has_lost_everything_deals_past_their_deadline_end_and_give_the_money_back(
    looked_after: Market, server: TemporalServer
) -> None:
    market = looked_after
    _, buyer, deal = await market.sale(pay_within_s=600)
    held = await market.paid(deal, buyer, "300.00")
    await market.until(held, "held")
    await _all_are_there(market.environment.client)

    await server.stop()
    assert server.folder is not None
    shutil.rmtree(server.folder)
    await market.set_clock(deal, timedelta(seconds=601))
    await server.start()

    await market.until(deal, "expired")
    await market.until(held, "refunded")
    assert await market.balance(buyer) == "1000.00, 0.00 held"
    await _all_are_there(market.environment.client)


async def test_a_worker_is_ready_only_while_the_redrive_comes_round(idle_market: Market) -> None:
    market = idle_market
    async with market.database.transaction() as session:
        await session.execute(text("UPDATE redrive_runs SET ended_at = ended_at - interval '1 day'"))
        assert (await last_redrive(session)).overdue(3600)
    assert await RedriverWatch(market.database, 3600).comes_round()  # it has an hour from the worker's start
    assert not await RedriverWatch(market.database, 0).comes_round()
    async with market.working():
        await market.redrive()
    async with market.database.transaction() as session:
        assert not (await last_redrive(session)).overdue(3600)
