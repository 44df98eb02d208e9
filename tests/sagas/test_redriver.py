"""The redriver leaves idle rows alone, brings missing workflows back, and goes on when a part of it fails."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from datetime import datetime

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities import redriver as pace
from domain.agreements import Party as Side
from market.nouns import noun_of
from payloads.poller import PollOrder
from payloads.redriver import RedriveOrder
from store.base import WorkflowRow
from store.operations.redriver import Found, Page, note_redrives
from store.payments.payments import Payment, lock_with_deal
from tests.fixtures.party_wallets import ask, wallet_of, withdraw
from tests.fixtures.redriving import one_round, redriver, signals_lost
from tests.fixtures.sagas import Market, eventually
from tests.fixtures.statements import statements_of
from tests.fixtures.temporal import RealTimeSagas, in_real_time
from tests.sagas.test_acceptance import A_DAY
from workflows.redriver import RedriverWorkflow

ROUNDS = 4
TERMINATED = 24  # more than are started at once


async def _idle_rows(market: Market) -> list[WorkflowRow]:
    """Of each kind of row that waits, one: for money, a code, the deal, the buyer, a decision, an answer."""
    _, buyer, deal = await market.sale()
    awaiting, _ = await market.asked_for_code(deal, buyer, "100.00")
    _, second, partly = await market.sale()
    held = await market.until(await market.paid(partly, second, "100.00"), "held")
    rows: list[WorkflowRow] = [deal, awaiting, partly, held]
    for disputed in (False, True):
        _, third, inspected = await market.sale(terms=A_DAY)
        rows += [inspected, await market.paid(inspected, third)]
        await market.until(inspected, "funded")
        if disputed:
            await market.dispute(inspected)
    payee, payer = await market.party(1, None), await market.party(2, None)
    wallet = await wallet_of(market, payer, "100.00")
    withdrawal, _ = await withdraw(market, wallet, payer)
    return [*rows, withdrawal, await ask(market, await wallet_of(market, payee), wallet)]


async def _events(market: Market, rows: Sequence[WorkflowRow]) -> list[int]:
    return [len((await market.workflow(row).fetch_history()).events) for row in rows]


async def _waits(market: Market, row: WorkflowRow) -> None:
    """Until its workflow has nothing to do, and only a signal or a timer can add to its history."""
    await eventually(
        market.workflow(row).describe,
        lambda seen: (
            not (seen.raw_description.pending_activities or seen.raw_description.HasField("pending_workflow_task"))
        ),
        "the workflow to wait",
    )


async def test_an_idle_row_costs_its_workflow_nothing_however_many_rounds_there_are(market: Market) -> None:
    rows = await _idle_rows(market)

    async def due() -> int:
        return (await one_round(market)).due

    await eventually(due, lambda found: found == 0, "the deals to have heard their news")
    for row in rows:
        await _waits(market, row)
    before = await _events(market, rows)
    of = redriver(market)
    for _ in range(ROUNDS):
        report = await one_round(market, of)
        assert (report.due, report.behind) == (0, False)
    assert await _events(market, rows) == before


async def test_an_idle_round_asks_the_database_a_few_times(market: Market) -> None:
    _, _, deal = await market.sale()
    of = redriver(market)
    await one_round(market, of)
    await _waits(market, deal)
    with statements_of(market.database) as seen:
        await ActivityEnvironment().run(of.keep_redriving, PollOrder())
    assert len(seen) <= 11  # one for each noun, and what a round itself reads and writes


async def test_the_regular_redriver_leaves_no_history_while_it_goes_round(market: Market) -> None:
    with in_real_time(market.environment):
        handle = await market.environment.client.start_workflow(
            RedriverWorkflow.run, PollOrder(), id=f"redriver-{secrets.token_hex(4)}", task_queue=market.task_queue
        )
    ends: set[datetime] = set()

    async def rounds() -> int:
        async with market.database.transaction() as session:
            ends.add((await session.execute(text("SELECT min(ended_at) FROM redrive_runs"))).scalar_one())
        return len(ends)

    await eventually(rounds, lambda seen: seen >= 6, "five rounds")
    events = (await handle.fetch_history()).events
    await handle.terminate()
    assert len(events) <= 6  # it has started, and goes round
    scheduled = [one.activity_task_scheduled_event_attributes for one in events]
    assert {one.heartbeat_timeout.seconds for one in scheduled if one.activity_type.name} == {10}


async def test_a_worker_that_dies_while_it_redrives_holds_the_redriver_up_for_seconds(market: Market) -> None:
    """Another takes over when it has missed the heartbeats of ten seconds."""
    of = redriver(market)
    for regular in (True, False):
        beats: list[object] = []
        environment = ActivityEnvironment()
        environment.on_heartbeat = lambda *_, beats=beats: beats.append(None)
        if regular:
            await environment.run(of.keep_redriving, PollOrder())
        else:
            await environment.run(of.redrive, RedriveOrder(everything=True))
        assert beats


async def test_the_redriver_never_waits_for_locked_rows(market: Market) -> None:
    _, buyer, deal = await market.sale()
    busy, idle = await market.pay(deal, buyer, "200.00"), await market.pay(deal, buyer, "100.00")
    await market.until(busy, "awaiting_code")
    await market.until(idle, "awaiting_code")
    async with market.database.transaction() as working, market.database.transaction() as redriving:
        found = await _all(market, busy)
        await lock_with_deal(working, busy.id)
        async with asyncio.timeout(120):
            await note_redrives(redriving, Payment, found)
    assert ((await market.now(busy)).redriven_at, (await market.now(idle)).redrives) == (None, 1)


async def test_news_that_comes_while_the_redriver_signals_stays_due(market: Market) -> None:
    _, buyer, deal = await market.sale()
    payment, _ = await market.asked_for_code(deal, buyer)
    found = await _all(market, payment)
    await market.another_code(payment)
    async with market.database.transaction() as session:
        await note_redrives(session, Payment, found)
    assert (await market.now(payment)).redriven_at is None


async def _all(market: Market, row: WorkflowRow) -> list[Found]:
    """All open rows of the noun, as the redriver finds them."""
    async with market.database.transaction() as session:
        return await noun_of(row).due.page(session, Page(None, 10, everything=True))


async def test_terminated_workflows_run_again_after_a_round_however_many_they_are(idle_market: Market) -> None:
    market = idle_market
    offer = await market.offer(await market.party(2, None), "10.00", quantity=TERMINATED // 2)
    rows: list[WorkflowRow] = []
    for _ in range(TERMINATED // 2):
        buyer = await market.party(1)
        deal = await market.bought(offer, buyer)
        rows += [deal, await market.pay(deal, buyer)]
    ids = {market.workflow(row).id for row in rows}
    await eventually(market.sagas.open_workflow_ids, lambda seen: seen == ids, "all of them in Temporal's list")
    for row in rows:
        await market.workflow(row).terminate("drill")
    await eventually(market.sagas.open_workflow_ids, lambda seen: not seen, "none of them in Temporal's list")

    await ActivityEnvironment().run(redriver(market).keep_redriving, PollOrder())
    assert [await market.sagas.workflow_status(id_) for id_ in ids] == ["RUNNING"] * TERMINATED
    await eventually(market.sagas.open_workflow_ids, lambda seen: seen == ids, "all of them in Temporal's list again")
    assert (await ActivityEnvironment().run(redriver(market).keep_redriving, PollOrder())).started == 0


async def test_missing_workflows_are_looked_for_from_time_to_time_and_one_that_runs_gets_no_event(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, _, deal = await market.sale()
    of = redriver(market)
    await one_round(market, of)
    await _waits(market, deal)
    await market.workflow(deal).terminate("drill")
    await eventually(market.sagas.open_workflow_ids, lambda seen: not seen, "none in Temporal's list")
    assert (await one_round(market, of)).started == 0
    monkeypatch.setattr(pace, "LISTED_EVERY_S", 0.0)
    assert (await one_round(market, of)).started == 1
    await _waits(market, deal)
    before = await _events(market, [deal])
    assert await market.sagas.start(deal)
    assert await _events(market, [deal]) == before


async def test_a_workflow_whose_row_has_ended_meanwhile_ends_too(market: Market) -> None:
    _, _, deal = await market.sale()
    of = redriver(market)
    with signals_lost(market):
        await market.cancel(deal, Side.BUYER)
    assert (await market.now(deal)).state == "cancelled"
    await eventually(market.sagas.open_workflow_ids, lambda seen: len(seen) == 1, "the deal in Temporal's list")
    await one_round(market, of)
    assert await market.workflow(deal).result()


async def test_while_temporal_does_not_list_its_workflows_signals_are_sent_all_the_same(market: Market) -> None:
    _, buyer, deal = await market.sale()
    payment, code = await market.asked_for_code(deal, buyer)
    await market.submit(payment, code, signal=False)
    heard = market.sagas
    # The quote breaks the query, which Temporal refuses.
    market.sagas = RealTimeSagas(market.environment, market.environment.client, "nobody's")
    of = redriver(market)
    assert (await one_round(market, of)).due > 0
    market.sagas = heard
    await market.until(deal, "completed")


async def test_a_noun_that_nobody_can_read_keeps_no_other_from_its_turn_and_the_round_names_it(market: Market) -> None:
    engine = create_async_engine(market.stored.superuser_url)
    async with engine.begin() as connection:
        await connection.execute(text("ALTER TABLE refunds RENAME COLUMN reason TO unreadable"))
        await connection.execute(text("UPDATE redrive_runs SET ended_at = clock_timestamp() - interval '1 hour'"))
    with pytest.raises(ApplicationError, match=r"not signalled: refunds$"):
        await one_round(market)
    await engine.dispose()
    async with market.database.transaction() as session:
        late = "SELECT part FROM redrive_runs WHERE ended_at < clock_timestamp() - interval '30 minutes'"
        assert list(await session.scalars(text(late))) == ["refunds"]
