"""No page that is read, and nothing that a worker looks for by itself, reads a growing table whole."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Final

import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr
from sqlalchemy import text
from starlette.routing import Mount, Route
from temporalio.testing import ActivityEnvironment

from activities.checkpoint import books_are_current, books_notices
from activities.expiry import ExpiryActivities
from admin.views import views
from domain.gateways import GatewayId
from store.chain.addresses import ours, pool
from store.chain.incoming_transfers import held_back_blocks
from store.chain.providers import troubles
from store.operations.figures import market_figures
from store.operations.poller import codes_waiting, holds_waiting, mails_waiting, wallets_waiting
from tests.fixtures.bank import RunningBank
from tests.fixtures.cabinet import Cabinet, Open, Person
from tests.fixtures.databases import Databases
from tests.fixtures.growth import collected, look_for_work, whole_reads
from tests.pages.routes import page_routes, program
from tests.pages.world import World, open_world

# Read without rows; with a link from a mail, by `tests/audit/test_after_every_form.py`; by a form, in `open_world`.
NOT_ASKED: Final = {"/static/{version}/{name}", "/favicon.ico", "/language/{code}", "/pay/{token}"} | {
    "/deals/{deal_id}/payment/review",
    "/deals/{deal_id}/top-up",  # leads to the form of a wallet
}
PAGES: Final = [
    page for page in page_routes(test_bank_key=SecretStr("none")) if page.method == "GET" and page.path not in NOT_ASKED
]


@pytest_asyncio.fixture(loop_scope="session")
async def own_cabinet(open_cabinet: Open, bank: RunningBank) -> AsyncIterator[Cabinet]:
    """A separate market: its rows are copied, and its constraints dropped."""
    async with open_cabinet(bank, Cabinet, test_bank_key=SecretStr(bank.admin_key)) as made:
        yield made


@pytest.mark.timeout(1800)  # some hundred pages, on however busy a machine
async def test_no_page_and_no_look_for_work_reads_a_growing_table_whole(
    own_cabinet: Cabinet, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    cabinet, market = own_cabinet, own_cabinet.market
    with collected(monkeypatch) as statements:
        world = await open_world(cabinet)
        assert await _unread(world) == set()
        assert await _refused_at_admin(await cabinet.administrator()) == {}
        async with market.database.transaction() as session:
            for look in (codes_waiting, holds_waiting, wallets_waiting):
                await look(session)
            for of_chain in (pool, troubles):
                await of_chain(session)
            await ours(session, ["nobody's"])
            await held_back_blocks(session, GatewayId.USDT_TRON, 0, 1)
            for deadlines in (True, False):
                await mails_waiting(session, deadlines=deadlines)
        await ActivityEnvironment().run(ExpiryActivities(market.database).expire_holds)
        await books_are_current(market.database, market.bank.client)
        await books_notices(market.database)
        await look_for_work(market.database)
        await market_figures(market.database)
    async with market.database.transaction() as session:  # no deadline is near
        await session.execute(text("INSERT INTO reminders (deal_id, ends_at) SELECT id, pay_by FROM deals"))
    database = databases.named(market.database.engine.url.database or "")
    found = await whole_reads(database.superuser_url, statements)
    assert found == {}, "\n\n".join(f"{tables}: {sql}" for sql, tables in found.items())


async def _unread(world: World) -> set[str]:
    """The pages that none of seller, buyer and stranger was shown."""
    unread = {str(page) for page in PAGES}
    for who in (world.seller, world.buyer, world.cabinet.stranger()):
        replies = await world.ask(who, PAGES)
        unread -= {page for page, reply in replies.items() if reply.status_code == httpx.codes.OK}
    return unread


async def _refused_at_admin(admin: Person) -> dict[str, int]:
    """Every page of /admin, and of every table the list and a row; those that were not shown, with the answer."""
    [mount] = [route for route in program().routes if isinstance(route, Mount) and route.path == "/admin"]
    own = [route for route in mount.routes if isinstance(route, Route) and "GET" in (route.methods or ())]
    paths = [f"/admin{route.path}" for route in own if "{" not in route.path]
    paths.append("/admin/deals/list?filter=status__eq=packed")
    for view in views():
        paths.append(f"/admin/{view.key}/list")
        listed = await admin.http.get(paths[-1])
        paths += [f"/admin/{view.key}/detail?pk={key}" for key in re.findall(r"detail\?pk=([^\"&]+)", listed.text)[:1]]
    replies = {path: (await admin.http.get(path)).status_code for path in paths}
    return {path: status for path, status in replies.items() if status != httpx.codes.OK}
