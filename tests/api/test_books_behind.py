"""Books that are behind the bank are reported everywhere that an operator looks, with what to do."""

from __future__ import annotations

import html
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import httpx
from sqlalchemy import text

from activities.checkpoint import books_notices
from activities.redriver import RedriverWatch
from edge.health import serve_health
from tests.fixtures.administration import browser, log_in
from tests.fixtures.commands import holdfast
from tests.fixtures.people import People

SINCE = "The books are behind the bank since 2026-03-01 12:00:00 UTC"
WAY_ON = ("`holdfast restored show`", "`holdfast restored return-strays`", "`holdfast restored resume`")


@asynccontextmanager
async def behind(people: People) -> AsyncIterator[None]:
    """The bank knows a later checkpoint, and the redriver, which is held back, was last done hours ago."""
    await _change(people, "checkpoint SET behind_since = '2026-03-01 12:00:00+00', latest = number + 1")
    await _change(people, "redrive_runs SET ended_at = clock_timestamp() - interval '2 hours'")
    try:
        yield
    finally:
        await _change(people, "checkpoint SET behind_since = NULL, latest = NULL")
        await _change(people, "redrive_runs SET ended_at = clock_timestamp()")


async def _change(people: People, change: str) -> None:
    async with people.database.transaction() as session:
        await session.execute(text(f"UPDATE {change}"))


def _is_reported(words: str) -> bool:
    plain = html.unescape(words)
    return SINCE in plain and all(step in plain for step in WAY_ON)


async def test_operators_read_it_by_rest_and_on_the_console(people: People) -> None:
    current = (await people.api.operator.read("/stuck"))["books"]
    key = people.api.operator_key
    async with behind(people):
        books = (await people.api.operator.read("/stuck"))["books"]
        shown = await holdfast("override", "stuck", HOLDFAST_OPERATOR_KEY=key, HOLDFAST_API_URL=people.api.address)
    assert current == {"behind_since": None, "detail": None}
    assert books["behind_since"] == "2026-03-01T12:00:00.000000Z" and _is_reported(books["detail"])
    assert (shown.status, shown.err) == (0, books["detail"]), "and not that the redriver is overdue: it is held back"


async def test_administrators_read_it_on_their_first_page_and_on_the_list_of_what_is_stuck(people: People) -> None:
    admin = await people.staff(administrator=True)
    async with browser(people.api) as client:
        await log_in(client, admin)
        before = [(await client.get(path)).text for path in ("/admin/", "/admin/stuck")]
        async with behind(people):
            pages = [(await client.get(path)).text for path in ("/admin/", "/admin/stuck")]
    assert [SINCE in page for page in before] == [False, False]
    assert [_is_reported(page) for page in pages] == [True, True]
    assert "check the worker" not in pages[1], "the redriver is held back, not lost"


async def test_a_worker_whose_redriver_is_paused_by_them_is_ready_and_says_why(people: People) -> None:
    checks = {"redriver": RedriverWatch(people.database, 0).comes_round}
    async with serve_health("127.0.0.1", 0, checks, partial(books_notices, people.database)) as address:
        async with httpx.AsyncClient(base_url=address, trust_env=False) as client:
            async with behind(people):
                held_back = await client.get("/ready")
            late = await client.get("/ready")
    [notice] = held_back.json()["notices"]
    assert held_back.status_code == 200 and _is_reported(notice)
    assert (late.status_code, late.json()["detail"]) == (503, "Not answering: redriver.")
