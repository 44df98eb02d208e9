"""Page by page, from the program itself: who may not, sees nothing and changes nothing. No page is left out.

For /admin: tests/api/test_admin.py; for the API: tests/api/test_rights.py.
"""

from __future__ import annotations

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import text

from store.people.logins import create_login
from store.people.marketplaces import create_marketplace
from store.people.operators import create_operator
from store.people.users import create_user
from tests.fixtures.cabinet import Cabinet, Person
from tests.fixtures.people import PASSWORD
from tests.pages.routes import page_routes
from tests.pages.world import World, open_world

PAGES = page_routes()
# What strangers may ask for: the ways in, what is on sale, and what pages are made of.
OPEN = {
    "GET /static/{version}/{name}", "GET /favicon.ico", "GET /log-in", "POST /log-in", "POST /log-out",
    "GET /language/{code}", "GET /sign-up", "POST /sign-up", "GET /password", "POST /password", "GET /password/asked",
    "POST /password/asked", "GET /email", "POST /email",
    "GET /pay/{token}", "POST /pay/{token}", "GET /", "GET /offers/{offer_id}",
}  # fmt: skip
GUARDED = [page for page in PAGES if page.guarded]
# All pages look at a session in one place: each page is asked by a stranger and by one of these.
NO_CLIENTS = ["nonsense", "operator", "administrator", "logged out", "disabled"]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(cabinet: Cabinet) -> World:
    return await open_world(cabinet)


async def _who_is_no_client(cabinet: Cabinet, who: str) -> Person:
    """A browser with the person's credentials, which are not a lasting client's session."""
    somebody = cabinet.stranger()
    if who == "nonsense":
        somebody.http.cookies.set("session", "x" * 43)
    if who in ("operator", "administrator"):
        async with cabinet.market.database.transaction() as session:
            row = await create_operator(session, "Stella", administrator=who == "administrator")
            await create_login(session, name=f"a-{who}", password=cabinet.served.password, operator_id=row.id)
        await cabinet.log_in(somebody, f"a-{who}")
    if who in ("logged out", "disabled"):
        somebody = await cabinet.client("Gone", 1)
        await somebody.read("/my/profile")
        token = somebody.http.cookies["session"]
        if who == "logged out":
            await somebody.send("/log-out")
            somebody.http.cookies.set("session", token)
        else:
            async with cabinet.market.database.transaction() as session:
                await session.execute(
                    text("UPDATE logins SET disabled_at = clock_timestamp() WHERE name = :n"), {"n": somebody.email}
                )
    return somebody


def test_every_page_is_guarded_or_named_as_open_to_strangers() -> None:
    assert {str(page) for page in PAGES if not page.guarded} == OPEN
    assert len(GUARDED) > 25


@pytest.mark.parametrize("who", ["anonymous", *NO_CLIENTS])
async def test_who_is_no_client_is_sent_to_the_door_by_every_page_of_clients(world: World, who: str) -> None:
    somebody = await _who_is_no_client(world.cabinet, who)
    pages = GUARDED if who == "anonymous" else GUARDED[NO_CLIENTS.index(who) :: len(NO_CLIENTS)]
    before, leaks = await world.written(), []
    for page, reply in (await world.ask(somebody, pages)).items():
        sent_away = reply.status_code == 303 and reply.headers["location"].startswith("/log-in?next=")
        if not sent_away or reply.text:
            leaks.append((page, reply.status_code, world.shown(reply)))
    assert leaks == []
    assert await world.written() == before


@pytest.mark.source("marketplace:37-42", "discussion:53-60")
@pytest.mark.parametrize("who", ["another client", "client of another marketplace"])
async def test_what_belongs_to_others_is_unknown_on_every_page(world: World, who: str) -> None:
    cabinet = world.cabinet
    stranger = await cabinet.client("Another", 1) if who == "another client" else await _of_another_marketplace(cabinet)
    await stranger.read("/my/profile")
    csrf = stranger.form("/log-out").fields["csrf"]
    of_others = [page for page in GUARDED if page.parameters]
    before, leaks = await world.written(), []
    for page, reply in (await world.ask(stranger, of_others, csrf)).items():
        if reply.status_code != 404 or world.shown(reply):
            leaks.append((page, reply.status_code, world.shown(reply)))
    for page, reply in (await world.ask(stranger, [p for p in GUARDED if not p.parameters], csrf)).items():
        if reply.status_code not in (200, 422) or world.shown(reply):
            leaks.append((page, reply.status_code, world.shown(reply)))
    assert len(of_others) > 15
    assert leaks == []
    assert await world.written() == before


async def _of_another_marketplace(cabinet: Cabinet) -> Person:
    async with cabinet.market.database.transaction() as session:
        elsewhere = await create_marketplace(session, "Another")
        user = await create_user(session, elsewhere.id, name="Ella", email="ella@example.test", reference=None)
        await create_login(session, name="ella", password=cabinet.served.password, user_id=user.id)
    somebody = cabinet.stranger()
    await cabinet.log_in(somebody, "ella", PASSWORD)
    return somebody


async def test_a_link_to_one_deal_opens_nothing_else_of_its_buyer(world: World) -> None:
    cabinet = world.cabinet
    back = {"return_url": "https://shop.example/orders/1"}
    link = await cabinet.served.shop.make(f"/deals/{world.values['deal_id']}/checkout-links", back)
    guest = cabinet.stranger()
    await guest.read(httpx.URL(link["url"]).path)
    await guest.send()
    assert "Sold in secret" in guest.words
    csrf = guest.form(f"/deals/{world.values['deal_id']}/payment/account").fields["csrf"]
    cabinet_pages = [page for page in GUARDED if not page.path.startswith(("/payments/", "/deals/{deal_id}/payment"))]
    leaks = [
        (page, reply.status_code)
        for page, reply in (await world.ask(guest, cabinet_pages, csrf)).items()
        if reply.status_code != 404
    ]
    assert len(cabinet_pages) > 15
    assert leaks == []
