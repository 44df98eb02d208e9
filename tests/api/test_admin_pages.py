"""What the administrators' pages show: one moment, times with their zone, and people's words by themselves."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from domain.agreements import Party
from store.deals.deals import Deal
from store.deals.disputes import add_dispute
from tests.fixtures.administration import browser, log_in
from tests.fixtures.directions import loose
from tests.fixtures.people import People
from tests.fixtures.shop import Shop
from texts.saved_views import SAVED_VIEWS, address

LATER = {  # what a page reads late, and how the change would show
    "/admin/": ("redrive_runs", "ended_at = clock_timestamp() - interval '3 hours'", "3 hours"),
    "/admin/stuck": ("redrive_runs", "ended_at = clock_timestamp() - interval '3 hours'", "3 hours"),
    "/admin/fees": ("fees", "refreshed_at = clock_timestamp() - interval '3 hours'", "3 hours"),
}


@asynccontextmanager
async def _changing(people: People, table: str, change: str) -> AsyncIterator[asyncio.Event]:
    """Changes `table` behind a lock, and commits once another session waits for it; then the event is set."""
    engine = create_async_engine(people.api.test_database.superuser_url)
    waiting = text("SELECT EXISTS (SELECT FROM pg_locks WHERE relation = to_regclass(:t) AND NOT granted)")
    committed = asyncio.Event()

    async def commit() -> None:
        async with engine.connect() as watch:
            while not (await watch.execute(waiting, {"t": table})).scalar_one():
                await asyncio.sleep(0.01)
        await held.commit()
        committed.set()

    async with engine.connect() as held:
        await held.execute(text(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"))
        await held.execute(text(f"UPDATE {table} SET {change}"))
        committing = asyncio.create_task(commit())
        yield committed
        await committing
    await engine.dispose()


async def _renewed(people: People) -> None:
    async with people.database.transaction() as session:
        await session.execute(text("UPDATE redrive_runs SET ended_at = clock_timestamp()"))
        await session.execute(text("UPDATE fees SET refreshed_at = clock_timestamp()"))


async def test_a_page_shows_one_moment_despite_changes_while_it_is_made(people: People) -> None:
    admin = await people.staff(administrator=True)
    async with browser(people.api) as client:
        await log_in(client, admin)
        for path, (table, change, shown) in LATER.items():
            await _renewed(people)
            async with _changing(people, table, change) as committed:
                page = (await client.get(path)).text
                assert committed.is_set(), path
            afterwards = (await client.get(path)).text
            await _renewed(people)
            assert [shown in each for each in (page, afterwards)] == [False, True], path


async def test_the_page_of_a_deal_shows_one_moment(people: People, shop: Shop) -> None:
    admin = await people.staff(administrator=True)
    deal = await shop.deal("100.00")
    await shop.payment(deal, "40.00")
    path = f"/admin/deals/detail?pk={deal['id']}"
    async with browser(people.api) as client:
        await log_in(client, admin)
        async with _changing(people, "payments", f"refused_code = 'later' WHERE deal_id = '{deal['id']}'"):
            page = (await client.get(path)).text
        afterwards = (await client.get(path)).text
    assert ["(later)" in each for each in (page, afterwards)] == [False, True]


async def test_times_name_their_zone(people: People, shop: Shop) -> None:
    admin = await people.staff(administrator=True)
    deal = await shop.deal("100.00")
    await shop.payment(deal, "40.00")
    paths = (
        f"/admin/deals/detail?pk={deal['id']}",
        "/admin/deals/list",
        "/admin/users/list",
        f"/admin/users/detail?pk={shop.buyer['id']}",
        "/admin/banks/list",
    )
    async with browser(people.api) as client:
        await log_in(client, admin)
        client.cookies.set("timezone", "Asia/Tokyo")
        pages = {path: (await client.get(path)).text for path in paths}
    for path, page in pages.items():
        times = re.findall(
            r"\d{1,2}:\d\d(?::\d\d)?[^<\"]{0,12}", re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
        )
        assert times, path
        assert [time for time in times if "UTC" not in time and not re.search(r"\d(Z|\+00:00)", time)] == [], path


async def test_right_to_left_text_is_isolated(people: People, shop: Shop) -> None:
    admin, hebrew, arabic = await people.staff(administrator=True), "שולחן אגוז", "خشب صلب"
    made = await shop.api.client.offer(shop.seller["id"], "10.00", title=f"{hebrew} 7", quantity=2)
    deal = await shop.api.client.buy((await shop.api.operator.moderate(made["id"]))["id"], shop.buyer["id"])
    waiting = await shop.api.client.offer(shop.seller["id"], "10.00", title=f"{hebrew} 8")
    async with people.database.transaction() as session:
        for user in (shop.seller, shop.buyer):
            await session.execute(
                text("UPDATE users SET name = :n WHERE id = :id"), {"n": arabic, "id": UUID(user["id"])}
            )
        when = await session.scalar(text("SELECT clock_timestamp()"))
        dispute = await add_dispute(session, await session.get_one(Deal, UUID(deal["id"])), Party.BUYER, arabic, when)
    paths = (
        "/admin/moderation", "/admin/disputes", f"/admin/disputes/{dispute.id}", "/admin/deals/list",
        f"/admin/deals/detail?pk={deal['id']}",
        "/admin/offers/list", f"/admin/offers/detail?pk={made['id']}", "/admin/users/list",
        f"/admin/users/detail?pk={shop.buyer['id']}",
    )  # fmt: skip
    async with browser(people.api) as client:
        await log_in(client, admin)
        pages = {path: await client.get(path) for path in paths}
    await shop.api.operator.moderate(waiting["id"], approve=False)
    async with people.database.transaction() as session:
        ended = "UPDATE disputes SET state = 'withdrawn', ended_at = clock_timestamp() WHERE id = :id"
        await session.execute(text(ended), {"id": dispute.id})
    assert {path: loose(page.text) for path, page in pages.items()} == {path: [] for path in paths}


async def test_one_thing_has_one_name_and_a_missing_page_is_in_our_words(people: People) -> None:
    admin = await people.staff(administrator=True)
    async with browser(people.api) as client:
        before = (await client.get("/admin/login")).text
        await log_in(client, admin)
        overview, missing = (await client.get("/admin/")).text, await client.get("/admin/nothing/at/all")
        settings = (await client.get("/admin/platform-settings/edit?pk=True")).text
        titles = (await client.get("/admin/deal-titles/edit?pk=split")).text
        nothing_found = await client.get("/admin/platform-settings/list?q=x")
    assert "Log in</button>" in before and "Sign in" not in before
    assert "Log out</button>" in overview
    assert f'href="{address(SAVED_VIEWS[0], str(people.api.settings.temporal_ui_url))}"' in unescape(overview)
    assert "Platform settings" in overview and "Edit platform settings" in settings
    assert "Deal titles" in overview and "Edit deal title" in titles
    assert (missing.status_code, "There is nothing at this address." in missing.text) == (404, True)
    assert missing.headers["x-request-id"] in missing.text
    assert "Oops" not in missing.text and nothing_found.status_code == 200
