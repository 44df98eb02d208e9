"""The whole audit as `holdfast audit` runs it, and its report."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from audit.report import AuditReport, NotExamined, Result, Store, Violation, render
from audit.run import examine, run
from edge.database import OUTAGES, Database
from settings import MarketSettings
from tests.audit.story import NO_GRACE, Story, found
from tests.fixtures.market import market_settings


@pytest.fixture
def settings(story: Story, monkeypatch: pytest.MonkeyPatch) -> MarketSettings:
    """The settings of the story's programs; Temporal is found by its own variables."""
    address = story.market.environment.client.service_client.config.target_host
    monkeypatch.setenv("TEMPORAL_ADDRESS", address)
    bank = story.market.bank
    return market_settings(
        story.market.stored,
        bank_url=bank.url,
        bank_api_key=SecretStr(bank.payments_key),
        bank_audit_key=SecretStr(bank.admin_key),
        task_queue=story.market.task_queue,
    )


# Of the invariants of docs/invariants.md: each of the others has rows here that it is about.
NOT_EXAMINED = {9: "this market got no request over REST: nothing was acknowledged", 22: "this market has no signer"}


async def test_the_audit_of_a_market_at_work_finds_nothing_in_all_three_stores(
    story: Story, settings: MarketSettings
) -> None:
    report = await run(settings, grace_s=0)
    assert found(report) == {} and report.clean
    assert {result.store for result in report.results} == set(Store) - {Store.SIGNER}  # there is no chain
    examined = {result.invariant for result in report.results if result.examined and result.invariant}
    assert examined == {*range(1, 23)} - NOT_EXAMINED.keys()
    assert report.line == f"audit: {len(report.results)} checks, {report.examined} rows examined, 0 violations"
    assert report.at <= datetime.now(UTC)


async def test_the_audit_writes_nothing(story: Story, settings: MarketSettings) -> None:
    async def counted() -> list[object]:
        async with story.market.database.transaction() as session:
            connection = await session.connection()
            tables = ("payments", "events", "steps", "idempotency_answers", "ledger.transfers", "ledger.accounts")
            return [(await connection.exec_driver_sql(f"SELECT count(*) FROM {table}")).scalar() for table in tables]

    before = await counted()
    await run(settings)
    assert await counted() == before


async def test_without_a_key_the_banks_own_audit_is_said_to_be_left_out(story: Story, settings: MarketSettings) -> None:
    report = await run(settings.model_copy(update={"bank_audit_key": None}), grace_s=0)
    assert [left.why for left in report.not_examined if left.wanted] == [
        "no key of the bank's scope admin: set HOLDFAST_BANK_AUDIT_KEY"
    ]
    assert report.clean and not replace(report, strict=True).clean


async def test_a_market_database_that_does_not_answer_is_an_outage(story: Story) -> None:
    nowhere = Database("postgresql+asyncpg://nobody@127.0.0.1:9/none")
    with pytest.raises(OUTAGES):
        await examine(replace(story.stores(), database=nowhere), NO_GRACE)
    await nowhere.close()


def test_a_report_shows_every_check_every_violation_and_what_was_left_out() -> None:
    sound = Result(Store.MARKET, "payments_add_up", 11, "It adds up.", 1234)
    idle = Result(Store.LEDGER, "keys_once", 8, "Once.", 0)
    broken = Result(Store.BANK, "operations_agree", 17, "They agree.", 5, (Violation("operations_agree", "op 1"),), 3)
    left = NotExamined("18, credits over a chain", "there is no chain")
    at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    report = AuditReport(at, timedelta(seconds=60), False, (sound, idle, broken), (left,))
    shown = render(report).splitlines()
    assert shown[0] == "As of 2026-01-02T03:04:05+00:00 (database clock), grace 60 s."
    assert any("payments_add_up" in line and "1,234" in line and "ok" in line for line in shown)
    assert any("keys_once" in line and "nothing to examine" in line for line in shown)
    assert "        ! op 1" in shown and "        ! … 3 rows in all" in shown
    assert "  18, credits over a chain: there is no chain" in shown
    assert shown[-1] == "audit: 3 checks, 1239 rows examined, 3 violations"


def test_strictly_a_check_without_anything_to_examine_is_a_violation() -> None:
    idle = Result(Store.LEDGER, "keys_once", 8, "Once.", 0)
    report = AuditReport(datetime.now(UTC), NO_GRACE, False, (idle,))
    assert report.clean
    strict = replace(report, strict=True)
    assert strict.violations == (Violation("keys_once", "nothing to examine"),)
    assert strict.line == "audit: 1 checks, 0 rows examined, 1 violation"
    assert "nothing to examine" in render(strict)
