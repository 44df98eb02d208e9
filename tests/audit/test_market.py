"""Each check finds what it is for, and nothing is found in a sound market."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import create_async_engine

import store
from audit import market
from audit.report import Outcome, Result
from ledger.findings import MAX_DETAILS
from tests.audit import (
    corrupted_chain,
    corrupted_history,
    corrupted_money,
    corrupted_suspense,
    corrupted_top_ups,
)
from tests.audit.conftest import NO_GRACE, Planted, audited
from tests.audit.corruption import Corruption
from tests.fixtures.databases import FreshDatabase

CORRUPTIONS = (
    *corrupted_money.CORRUPTIONS,
    *corrupted_chain.CORRUPTIONS,
    *corrupted_history.CORRUPTIONS,
    *corrupted_top_ups.CORRUPTIONS,
    *corrupted_suspense.CORRUPTIONS,
)


def reported(results: list[Result]) -> dict[str, list[str]]:
    return {result.name: [one.detail for one in result.violations] for result in results if result.violations}


async def test_a_sound_market_has_no_violation_and_every_check_examines_rows(planted: Planted) -> None:
    async with planted.spoiled() as connection:
        results = await audited(connection)
    assert reported(results) == {}
    assert [result.name for result in results if result.examined == 0] == []


@pytest.mark.parametrize("corruption", CORRUPTIONS, ids=lambda corruption: corruption.name)
async def test_a_corruption_is_reported_by_its_check_and_by_sensible_others_only(
    planted: Planted, corruption: Corruption
) -> None:
    async with planted.spoiled(*corruption.statements) as connection:
        found = reported(await audited(connection))
    assert set(found) == set(corruption.found_by), found


def test_every_check_of_the_market_has_a_corruption_of_its_own() -> None:
    assert {check.name for check in market.CHECKS} - {corruption.meant_for for corruption in CORRUPTIONS} == set()


async def test_a_standstill_within_the_grace_period_is_no_violation(planted: Planted) -> None:
    overdue = "INSERT INTO test_clock VALUES ('{deal: open}', '601 seconds')"  # the time to pay is 600 s
    [check] = [check for check in market.CHECKS if check.name == "deals_move_on"]
    async with planted.spoiled(overdue) as connection:
        now = datetime.now(UTC)
        young = await market.run(connection, check, now, timedelta(minutes=5))
        old = await market.run(connection, check, now, NO_GRACE)
    assert young.violations == () and young.examined == old.examined
    assert len(old.violations) == 1


async def test_a_check_that_examines_nothing_fails_while_there_is_something_to_examine(planted: Planted) -> None:
    blind = replace(market.CHECKS[0], sql="SELECT NULL::text WHERE false")
    async with planted.spoiled() as connection:
        failed = await market.run(connection, blind, datetime.now(UTC), NO_GRACE)
        await connection.exec_driver_sql("DELETE FROM idempotency_answers")
        idle = await market.run(connection, blind, datetime.now(UTC), NO_GRACE)
    assert failed.outcome is Outcome.VIOLATED and "examined nothing" in failed.violations[0].detail
    assert idle.outcome is Outcome.NOTHING


async def test_more_violations_than_are_listed_are_counted(planted: Planted) -> None:
    many = "INSERT INTO state_transitions SELECT 'deals', number::text, 'x' FROM generate_series(1, 150) AS number"
    async with planted.spoiled(many) as connection:
        [result] = [result for result in await audited(connection) if result.violations]
    assert (len(result.violations), result.broken) == (MAX_DETAILS, 150)


async def test_many_violations_of_one_kind_do_not_hide_one_of_another(planted: Planted) -> None:
    many = "INSERT INTO state_transitions SELECT 'deals', 'x' || number, 'x' FROM generate_series(1, 150) AS number"
    other = "ALTER TABLE payments DISABLE TRIGGER payments_decided_once"
    async with planted.spoiled(many, other) as connection:
        [result] = [result for result in await audited(connection) if result.violations]
    assert any("payments_decided_once" in violation.detail for violation in result.violations[:5]), result.violations


async def test_an_empty_market_has_nothing_to_examine_and_nothing_wrong(fresh_database: FreshDatabase) -> None:
    fresh = await fresh_database("market", store.migrate)
    engine = create_async_engine(fresh.url)
    async with engine.connect() as connection:
        results = await audited(connection)
    await engine.dispose()
    assert reported(results) == {}
    assert {result.outcome for result in results if result.name == "payments_add_up"} == {Outcome.NOTHING}
