"""Page by page, from the program itself: who may not, sees nothing and changes nothing. No page is left out.

For /admin: tests/api/test_admin.py; for the API: tests/api/test_rights.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import text

from domain.money import Money
from store.accounts import account_of
from store.holds import hold_money
from store.logins import create_login
from store.marketplaces import create_marketplace
from store.movements import Deposit, carry_out
from store.operators import create_operator
from store.payment_requests import ask_for_payment
from store.users import create_user
from store.wallets import wallet_for
from store.withdrawals import begin_withdrawal
from tests.fixtures.cabinet import Cabinet, Person
from tests.fixtures.people import PASSWORD
from tests.pages.routes import PageRoute, page_routes

PAGES = page_routes()
# What strangers may ask for: the ways in, what is on sale, and what pages are made of.
OPEN = {
    "GET /static/{version}/{name}", "GET /favicon.ico", "GET /log-in", "POST /log-in", "POST /log-out",
    "GET /language/{code}", "GET /sign-up", "POST /sign-up", "GET /password", "POST /password", "GET /password/asked",
    "POST /password/asked", "GET /pay/{token}", "POST /pay/{token}", "GET /", "GET /offers/{offer_id}",
}  # fmt: skip
GUARDED = [page for page in PAGES if page.guarded]
# What a form has to say so that it is looked at whose thing it is about.
SAID = {
    "POST /deals/{deal_id}/dispute": {"objection": "It is not mine."},
    "POST /deals/{deal_id}/withdrawal": {"subject": "cancellation"},
    "POST /payments/{payment_id}/code": {"code": "ABCD-EFGH", "number": "0"},
}
WRITTEN = (
    "users",
    "offers",
    "deals",
    "payments",
    "codes",
    "code_attempts",
    "accounts",
    "agreements",
    "refunds",
    "events",
    "wallets",
    "payment_requests",
    "holds",
    "withdrawals",
    "ledger.transfers",
)


@dataclass
class World:
    """`values` fill the addresses with what belongs to `owner` and the buyer of his things; `theirs` is in none."""

    cabinet: Cabinet
    values: dict[str, str]
    theirs: set[str]

    async def ask(self, who: Person, pages: list[PageRoute], csrf: str = "") -> dict[str, httpx.Response]:
        """What he is told on each page; forms carry `csrf`, as those on his own pages do."""
        answers = {}
        for page in pages:
            data = {"csrf": csrf, **SAID.get(str(page), {})} if page.method == "POST" else None
            path = page.filled(self.values)
            answers[str(page)] = await who.http.request(page.method, path, data=data, follow_redirects=False)
        return answers

    def shown(self, reply: httpx.Response) -> list[str]:
        """What of theirs is in an answer beyond the address that was asked for."""
        said = reply.text.replace(reply.request.url.path, "")
        return [secret for secret in self.theirs if secret in said]

    async def written(self) -> list[Any]:
        return [(table, (await self.cabinet.rows(f"SELECT count(*) FROM {table}"))[0][0]) for table in WRITTEN]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(cabinet: Cabinet) -> World:
    seller, buyer = await cabinet.client("Sonja Secret", 2), await cabinet.client("Boris Secret", 1)
    hidden = await cabinet.served.shop.offer(seller.user_id, "10.00", title="Hidden from strangers")
    deal = await buyer.buy(await cabinet.on_sale(seller, title="Sold in secret"))
    payment = await buyer.begin(deal, "400")
    await buyer.code()
    values = {
        "deal_id": deal, "payment_id": payment, "offer_id": hidden["id"], "account_id": buyer.account_id,
        **await _of_wallets(cabinet, seller, buyer), "decision": "confirm",
    }  # fmt: skip
    theirs = {*values.values(), seller.number, buyer.number, seller.email, buyer.email}
    theirs -= {"confirm"}
    theirs |= {
        "A secret gift",
        "A debt",
        "A pledge",
        "Hidden from strangers",
        "Sold in secret",
        "Sonja Secret",
        "Boris Secret",
    }
    return World(cabinet, values, theirs)


async def _of_wallets(cabinet: Cabinet, payer: Person, payee: Person) -> dict[str, str]:
    """A wallet that is asked for money, has some held and withdraws some."""
    marketplace, money, day = cabinet.market.marketplace_id, Money(1200, "RUB"), timedelta(days=1)
    async with cabinet.market.database.transaction() as session:
        wallet = await wallet_for(session, UUID(payer.user_id), "RUB")
        to = (await wallet_for(session, UUID(payee.user_id), "RUB")).id
        await carry_out(session, [Deposit("test", "rights", "test", wallet.id, Money(100_000, "RUB"), "A secret gift")])
        asked = await ask_for_payment(session, marketplace, to, wallet.id, money, details="A debt", expires_in=day)
        held = await hold_money(session, marketplace, wallet.id, to, money, details="A pledge", expires_in=day)
        account = await account_of(session, UUID(payer.user_id), UUID(payer.account_id))
        withdrawal = await begin_withdrawal(session, wallet, account, money)
    return {
        "wallet_id": str(wallet.id), "request_id": str(asked.id), "withdrawal_id": str(withdrawal.id),
        "hold_id": str(held.id),
    }  # fmt: skip


async def _who_is_no_client(cabinet: Cabinet, who: str) -> Person:
    """A browser with what he has to show, which is not a client's session that lasts."""
    somebody = cabinet.stranger()
    if who == "nonsense":
        somebody.http.cookies.set("session", "x" * 43)
    if who in ("operator", "administrator"):
        async with cabinet.market.database.transaction() as session:
            row = await create_operator(session, "Stella", administrator=who == "administrator")
            await create_login(session, name=f"a-{who}", password=cabinet.hashed_password, operator_id=row.id)
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


@pytest.mark.parametrize("who", ["anonymous", "nonsense", "operator", "administrator", "logged out", "disabled"])
async def test_who_is_no_client_is_sent_to_the_door_by_every_page_of_clients(world: World, who: str) -> None:
    somebody = await _who_is_no_client(world.cabinet, who)
    before, leaks = await world.written(), []
    for page, reply in (await world.ask(somebody, GUARDED)).items():
        sent_away = reply.status_code == 303 and reply.headers["location"].startswith("/log-in?next=")
        if not sent_away or reply.text:
            leaks.append((page, reply.status_code, world.shown(reply)))
    assert leaks == []
    assert await world.written() == before


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
        await create_login(session, name="ella", password=cabinet.hashed_password, user_id=user.id)
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
