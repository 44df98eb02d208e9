"""A marketplace with pages: real bank, mail, Temporal and worker behind the API's program, and people in browsers."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page
from sqlalchemy import text
from temporalio.testing import WorkflowEnvironment

from devstack.mailbox import Mailbox
from domain.roles import Role
from store.people.logins import create_login
from store.people.users import create_user
from tests.fixtures.bank import RunningBank, read_code
from tests.fixtures.browser import picture
from tests.fixtures.databases import Databases
from tests.fixtures.market_client import Json
from tests.fixtures.pages import RETURN_ORIGIN, ServedPages, serving_pages
from tests.fixtures.people import PASSWORD
from tests.fixtures.sagas import open_market

__all__ = ["RETURN_ORIGIN", "Site", "Somebody", "Visitor", "opened_site", "site"]


@dataclass
class Somebody:
    """A client of the marketplace and of a bank."""

    user_id: UUID
    name: str
    email: str
    number: str


@dataclass
class Visitor:
    """A person at a browser. `faults` are errors that the browser itself noted: scripts refused, files missing."""

    somebody: Somebody | None
    page: Page
    context: BrowserContext
    address: str
    faults: list[str] = field(default_factory=list)

    async def go(self, path: str) -> None:
        await self.page.goto(self.address + path)

    async def see(self, words: str) -> None:
        """Waits until the page says so."""
        await self.page.get_by_text(words, exact=False).first.wait_for()

    async def press(self, name: str) -> None:
        await self.page.get_by_role("button", name=name, exact=False).first.click()

    async def follow(self, name: str) -> None:
        await self.page.get_by_role("link", name=name, exact=False).first.click()

    async def log_in(self) -> None:
        assert self.somebody is not None
        await self.go("/log-in")
        await self.page.locator("#login").fill(self.somebody.email)
        await self.page.locator("#password").fill(PASSWORD)
        await self.page.locator("main button").click()
        await self.page.wait_for_url(re.compile(r"/$"))

    async def picture(self, name: str) -> None:
        await picture(self.page, name)

    async def too_wide(self) -> bool:
        """Whether the page scrolls sideways."""
        wider: bool = await self.page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        return wider


@dataclass(kw_only=True)
class Site(ServedPages):
    browser: Browser
    _contexts: list[BrowserContext] = field(default_factory=list)

    async def somebody(self, name: str, bank_id: int, balance: str = "5000.00", *, named: bool = True) -> Somebody:
        """A client with a login, and an account at a bank that the market knows of when `named`."""
        if named:
            party = await self.known_client(name, bank_id, balance)
            return Somebody(party.user.id, name, party.email, party.number)
        client = await self.market.bank.new_client(bank_id, balance)
        async with self.market.database.transaction() as session:
            market = self.market.marketplace_id
            user = await create_user(session, market, name=name, email=client.email, reference=None)
            await create_login(session, name=client.email, password=self.password, user_id=user.id)
        return Somebody(user.id, name, client.email, client.number)

    async def visitor(
        self,
        somebody: Somebody | None = None,
        *,
        locale: str = "en-GB",
        script: bool = True,
        width: int = 1200,
        by_form: bool = False,
    ) -> Visitor:
        """Somebody is logged in, `by_form` as people are; else with a cookie, without the two pages of that."""
        context = await self.browser.new_context(
            locale=locale,
            timezone_id="Europe/Moscow",
            java_script_enabled=script,
            viewport={"width": width, "height": 900},
        )
        context.set_default_timeout(120_000)  # far above what anything takes on a machine that is not busy
        self._contexts.append(context)
        page = await context.new_page()
        visitor = Visitor(somebody, page, context, self.address)

        def note(message: ConsoleMessage) -> None:
            if message.type == "error":
                visitor.faults.append(message.text)

        page.on("console", note)
        page.on("pageerror", lambda error: visitor.faults.append(str(error)))
        if somebody is not None and by_form:
            await visitor.log_in()
        elif somebody is not None:
            token = await self._remembered(visitor, "session", somebody.email, Role.CLIENT)
            await self.services.log_in.speak(token, locale[:2])
        return visitor

    async def _remembered(self, visitor: Visitor, cookie: str, login: str, role: Role) -> str:
        """The token of a session, which the visitor's browser has as its `cookie`."""
        token = await self.services.log_in.session(login, PASSWORD, "127.0.0.1", "", role=role)
        await visitor.context.add_cookies([{"name": cookie, "value": token, "url": self.address, "httpOnly": True}])
        return token

    async def administrator(self, *, approver: bool = False, by_form: bool = False) -> Visitor:
        """A person logged in at /admin, `by_form` as `visitor`."""
        login, visitor = await self.new_administrator(approver=approver), await self.visitor()
        if not by_form:
            await self._remembered(visitor, "admin_session", login, Role.ADMINISTRATOR)
            await visitor.go("/admin/")
            return visitor
        await visitor.go("/admin/login")
        await visitor.page.locator("[name=username]").fill(login)
        await visitor.page.locator("[name=password]").fill(PASSWORD)
        await visitor.page.locator("[type=submit]").first.click()
        await visitor.page.wait_for_url(re.compile(r"/admin/$"))
        return visitor

    async def on_sale(self, seller: Somebody, price: str = "1000.00", **changes: Any) -> Json:
        return await self.sell(seller.user_id, price, **changes)

    async def code_of(self, somebody: Somebody, after: int = 0) -> str:
        return read_code((await self.market.mailbox.wait_for(to=somebody.email, after=after)).text)

    async def taken(self, somebody: Somebody) -> str:
        """Balance and held money at the person's bank."""
        balance, held = await self.market.bank.balance(somebody.number)
        return f"{balance}, {held} held"

    async def operations(self, somebody: Somebody) -> list[tuple[str, str, int]]:
        """Kind, status and minor units of every bank operation for debits of the person's account, oldest first."""
        query = (
            "SELECT kind, status, amount_minor FROM operations WHERE payer_account = :number OR source IN"
            " (SELECT key FROM operations WHERE payer_account = :number) ORDER BY id"
        )
        async with self.market.bank.database.transaction() as session:
            return [tuple(row) for row in await session.execute(text(query), {"number": somebody.number})]

    async def steps(self, payment_id: str) -> list[tuple[str, str]]:
        """What the market has on record of each step of a payment."""
        query = "SELECT name, state FROM steps WHERE CAST(payment_id AS text) = :id ORDER BY position"
        async with self.market.database.transaction() as session:
            return [tuple(row) for row in await session.execute(text(query), {"id": payment_id})]

    async def close(self) -> None:
        """Nobody looks at a page any more."""
        while self._contexts:
            await self._contexts.pop().close()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def opened_site(
    databases: Databases,
    saga_bank: RunningBank,
    mailbox: Mailbox,
    browser: Browser,
    temporal: WorkflowEnvironment,
    hashed_password: str,
) -> AsyncIterator[Site]:
    """One marketplace for a whole module; each of its tests has people, offers and deals of its own."""
    async with (
        open_market(databases, saga_bank, temporal, mailbox) as market,
        serving_pages(market, temporal, hashed_password) as served,
    ):
        yield Site(**vars(served), browser=browser)


@pytest_asyncio.fixture(loop_scope="session")
async def site(opened_site: Site) -> AsyncIterator[Site]:
    yield opened_site
    await opened_site.close()
