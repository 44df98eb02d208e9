"""The commands that docs/operations.md shows to operators, against the API they speak to."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

from sqlalchemy import func, update

from store.operations.redrive_runs import RedriveRun
from store.people.api_keys import issue_key
from store.people.operators import create_operator
from tests.fixtures.clock import migrate_with_test_clock
from tests.fixtures.commands import Outcome, holdfast
from tests.fixtures.databases import Databases
from tests.fixtures.market import RecordedSignals, market_settings, serving_api
from tests.fixtures.market_client import Json
from tests.fixtures.shop import Shop

PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()
SHOWN = re.findall(r"^holdfast (override .*)$", PAGE, re.MULTILINE)


async def operator_key(shop: Shop, *, approver: bool) -> str:
    async with shop.api.database.transaction() as session:
        operator = await create_operator(session, "Olga", approver=approver)
        return await issue_key(session, shop.api.settings.pepper_bytes, operator_id=operator.id)


async def said(shop: Shop, key: str, command: str, **ids: str) -> Outcome:
    """Runs a command of the page with real ids instead of its capitals."""
    arguments = [ids.get(word, word) for word in shlex.split(command)]
    return await holdfast(*arguments, HOLDFAST_API_URL=shop.api.address, HOLDFAST_OPERATOR_KEY=key)


async def _processing(shop: Shop, price: str) -> tuple[Json, Json]:
    deal = await shop.deal(price)
    payment = await shop.payment(deal)
    await shop.api.client.submit(payment["id"], "ABCDEFGH")
    return deal, payment


async def test_every_command_of_the_page_is_run_or_refused_for_its_state(shop: Shop) -> None:
    deal, payment = await _processing(shop, "500.00")
    key = await operator_key(shop, approver=False)
    outcomes = {}
    for command in SHOWN:
        done = await said(shop, key, command, PAYMENT=payment["id"], DEAL=deal["id"], OVERRIDE=deal["id"])
        outcomes[command.split()[1]] = (done.status, done.err.splitlines()[0] if done.err else "")
    assert {name: status for name, (status, _) in outcomes.items()} == {
        "stuck": 0,
        "ask": 0,
        "force": 0,
        "release": 1,
        "split": 1,
        "extend": 1,
        "approve": 1,
        "reject": 1,
        "list": 0,
    }
    assert "not_stuck" in outcomes["release"][1]
    assert "nothing_to_decide" in outcomes["split"][1]
    assert "bad_deadline" in outcomes["extend"][1]
    assert "unknown_override" in outcomes["approve"][1]
    assert "unknown_override" in outcomes["reject"][1]


async def test_an_override_above_the_limit_is_approved_by_an_approver_from_a_terminal(shop: Shop) -> None:
    _, payment = await _processing(shop, "2000.00")
    force = next(command for command in SHOWN if " force " in command)
    alone, second = await operator_key(shop, approver=False), await operator_key(shop, approver=True)
    asked = await said(shop, alone, force, PAYMENT=payment["id"])
    assert (asked.status, "waits for an approver" in asked.err) == (0, True)
    refused = await said(shop, alone, f"override approve {asked.out}")
    assert (refused.status, "approver_key_needed" in refused.err) == (1, True)
    approved = await said(shop, second, f"override approve {asked.out}")
    assert (approved.status, approved.out) == (0, asked.out)
    listed = [json.loads(line) for line in (await said(shop, second, "override list")).out.splitlines()]
    assert [row["state"] for row in listed if row["id"] == asked.out] == ["approved"]


async def test_without_a_key_or_an_api_the_command_says_so_in_one_line(shop: Shop) -> None:
    keyless = await holdfast("override", "stuck")
    assert (keyless.status, keyless.err.splitlines()) == (
        2,
        ["holdfast: HOLDFAST_OPERATOR_KEY is needed: the API key of an operator"],
    )
    away = await holdfast("override", "stuck", HOLDFAST_OPERATOR_KEY="k", HOLDFAST_API_URL="http://127.0.0.1:9")
    assert (away.status, "was not reached" in away.err) == (1, True)


async def test_where_nothing_is_open_only_the_person_reads_that(databases: Databases) -> None:
    async with (
        databases.fresh("market_with_test_clock", migrate_with_test_clock) as fresh,
        serving_api(fresh, market_settings(fresh), RecordedSignals()) as served,
    ):
        async with served.database.transaction() as session:
            await session.execute(update(RedriveRun).values(ended_at=func.clock_timestamp()))
            operator = await create_operator(session, "Olga")
            key = await issue_key(session, served.settings.pepper_bytes, operator_id=operator.id)
        environment = {"HOLDFAST_API_URL": served.address, "HOLDFAST_OPERATOR_KEY": key}
        listed = await holdfast("override", "list", **environment)
        assert (listed.status, listed.out, listed.err) == (0, "", "No override is open.")
        stuck = await holdfast("override", "stuck", **environment)
        assert (stuck.status, stuck.out, stuck.err) == (0, "", "Nothing is stuck.")
