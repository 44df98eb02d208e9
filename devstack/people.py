"""People who can log in on a new stack's pages: an administrator, a seller with offers, a buyer with money.

Created by the first `holdfast up` of a state folder with its own databases; outside servers are left alone.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import httpx

from devstack.programs import require_own
from devstack.site import Site

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

    from store.people.users import User

KEPT_AS: Final = "people"  # name of the secret in the state folder
KEY_KEPT_AS: Final = "marketplace_key"
ADMINISTRATOR: Final = "admin"
CURRENCY: Final = "RUB"
WORLD: Final = {"banks": 10, "clients": 1, "seed": 1, "opening_balance": "100000.00"}
OPENING: Final = {"amount": "100000.00", "currency": CURRENCY}
OFFERS: Final = (
    ("A walnut desk", "Solid wood, 140 by 70 cm, oiled.\nTo be picked up in Kazan, or sent.", 1_250_000, 24),
    ("A reading lamp", "Brass, with a green shade. The switch is on the cable.", 349_000, 48),
    ("Ten jars of honey", "Lime blossom, this summer's, half a kilogram each.", 420_050, 72),
)
WAITING: Final = ("A pair of skis", "180 cm, waxed. Used for one winter.", 900_000, 24)
Post = Callable[[str, dict[str, Any], str], Awaitable[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Customer:
    """A client of the marketplace and of `banks`, with an account at each; the first one is the payout account."""

    login: str
    name: str
    banks: tuple[int, ...]

    @property
    def email(self) -> str:
        return f"{self.login}@example.test"


SELLER: Final = Customer("seller", "Sonja Seller", (2,))
BUYER: Final = Customer("buyer", "Boris Buyer", (1, 2))


@dataclass(frozen=True, slots=True)
class Settled:
    """What people need to try the stack: the password of each, and their marketplace, unless sign-up is closed."""

    password: str
    marketplace_id: UUID | None


async def settle_people(site: Site) -> Settled | None:
    """Creates missing people and says how to log in; None when the databases are not this stack's own."""
    if len(site.own_databases) < 2:
        return None
    if KEPT_AS not in site.state.secrets:
        site.state.keep_secret(KEPT_AS, secrets.token_urlsafe(9))
    password = site.secret(KEPT_AS)
    if await _are_there(site):
        return Settled(password, await _make_key(site))
    numbers = {customer.login: await _open_accounts(site, customer) for customer in (SELLER, BUYER)}
    await _settle(site, password, numbers)
    return Settled(password, await _make_key(site))


async def _are_there(site: Site) -> bool:
    from sqlalchemy import select  # noqa: PLC0415  # commands import what they need when they need it

    from edge.database import Database  # noqa: PLC0415  # see above
    from store.people.logins import Login  # noqa: PLC0415  # see above

    database = Database(site.database("market").url, pool_size=1)
    try:
        async with database.transaction() as session:
            return await session.scalar(select(Login.id).where(Login.name == BUYER.login)) is not None
    finally:
        await database.close()


async def _make_key(site: Site) -> UUID | None:
    """The people's marketplace, with an API key for trying out REST; created once, and kept in the state folder."""
    from edge.database import Database  # noqa: PLC0415  # see above
    from store.operations.platform_settings import platform_settings  # noqa: PLC0415  # see above
    from store.people.api_keys import issue_key  # noqa: PLC0415  # see above

    database = Database(site.database("market").url, pool_size=1)
    pepper = site.secret("pepper", "HOLDFAST_PEPPER").encode()
    try:
        async with database.transaction() as session:
            marketplace_id = (await platform_settings(session)).sign_up_marketplace_id
            # Without one the platform was closed to people: there is nothing to try.
            if marketplace_id is not None and KEY_KEPT_AS not in site.state.secrets:
                key = await issue_key(session, pepper, marketplace_id=marketplace_id)
                site.state.keep_secret(KEY_KEPT_AS, key)
            return marketplace_id
    finally:
        await database.close()


async def _open_accounts(site: Site, customer: Customer) -> list[str]:
    """Creates a client with a funded account at each of their banks; returns the numbers. Safe to repeat."""
    async with at_bank(site, "bank", site.bank_key("admin")) as (bank, post):
        if not (await bank.get("/banks")).raise_for_status().json()["items"]:
            await post("/seeds", WORLD, "world")
        await fund_guarantees(bank)
        client = await post("/clients", {"name": customer.name, "email": customer.email}, customer.login)
        numbers: list[str] = []
        for bank_id in customer.banks:
            opened = {"bank_id": bank_id, "client_id": client["id"], "currency": CURRENCY}
            number = (await post("/accounts", opened, f"{customer.login}/{bank_id}"))["number"]
            await post(f"/accounts/{number}/deposits", OPENING, f"{customer.login}/{bank_id}/opening")
            numbers.append(number)
        return numbers


@asynccontextmanager
async def at_bank(site: Site, program: str, key: str) -> AsyncIterator[tuple[httpx.AsyncClient, Post]]:
    """Calls a bank program of this stack with its API key that the state folder keeps as `key`; `Post` makes a thing
    once, however often it is called with the same intention.
    """
    async with httpx.AsyncClient(base_url=f"{site.http(program)}/api/v1", timeout=60, trust_env=False) as bank:
        await require_own(bank, site, program)
        bank.headers["Authorization"] = f"Bearer {site.secret(key)}"

        async def post(path: str, body: dict[str, Any], intention: str) -> dict[str, Any]:
            reply = await bank.post(path, json=body, headers={"Idempotency-Key": f"people/{intention}"})
            made: dict[str, Any] = reply.raise_for_status().json()
            return made

        yield bank, post


async def fund_guarantees(bank: httpx.AsyncClient) -> None:
    """Puts the platform's money on its guarantee account at every bank, once, however often it is called.

    Withdrawals are paid from there, and refunds when a seller has spent the money. `bank` calls its API as an
    administrator.
    """
    for row in (await bank.get("/banks")).raise_for_status().json()["items"]:
        funds = {"amount": OPENING["amount"], "currency": row["currency"]}
        key = {"Idempotency-Key": f"people/guarantee/{row['id']}"}
        reply = await bank.post(f"/accounts/{row['guarantee_account']}/deposits", json=funds, headers=key)
        reply.raise_for_status()


async def _settle(site: Site, password: str, numbers: dict[str, list[str]]) -> None:
    """Everything in the market, in one transaction."""
    from activities.directory import DirectoryActivities  # noqa: PLC0415  # see above
    from bank.client import BankClient  # noqa: PLC0415  # see above
    from edge.database import Database  # noqa: PLC0415  # see above
    from edge.passwords import Passwords  # noqa: PLC0415  # see above
    from store.people.logins import create_login  # noqa: PLC0415  # see above
    from store.people.operators import create_operator  # noqa: PLC0415  # see above

    database = Database(site.database("market").url, pool_size=1)
    hashed = await Passwords().hash(password)
    try:
        # The worker copies the banks only once a minute; people who log in right away should find them.
        bank = BankClient(site.http("bank"), site.secret(site.bank_key("payments")))
        try:
            await DirectoryActivities(database, bank).refresh_directory()
        finally:
            await bank.aclose()
        async with database.transaction() as session:
            administrator = await create_operator(
                session, "Ada Administrator", approver=True, arbiter=True, administrator=True
            )
            await create_login(session, name=ADMINISTRATOR, password=hashed, operator_id=administrator.id)
            for customer in (SELLER, BUYER):
                user = await _user(session, customer, hashed, numbers[customer.login], administrator.id)
                if customer is SELLER:
                    await _put_up_offers(session, user)
    finally:
        await database.close()


async def _user(
    session: AsyncSession, customer: Customer, hashed: str, numbers: list[str], administrator: UUID
) -> User:
    from sqlalchemy import select  # noqa: PLC0415  # see above

    from store.banks.accounts import add_account, confirm_account  # noqa: PLC0415  # see above
    from store.operations.platform_settings import allow_sign_up, platform_settings  # noqa: PLC0415  # see above
    from store.people.logins import create_login  # noqa: PLC0415  # see above
    from store.people.marketplaces import Marketplace, create_marketplace  # noqa: PLC0415  # see above
    from store.people.users import create_user  # noqa: PLC0415  # see above

    marketplace_id = (await platform_settings(session)).sign_up_marketplace_id
    if marketplace_id is None:
        # The marketplace of an earlier demo, if there was one: its offers are worth seeing.
        first = await session.scalar(select(Marketplace.id).order_by(Marketplace.id).limit(1))
        marketplace_id = first or (await create_marketplace(session, "Bazaar")).id
        await allow_sign_up(session, marketplace_id)
    user = await create_user(session, marketplace_id, name=customer.name, email=customer.email, reference=None)
    await create_login(session, name=customer.login, password=hashed, user_id=user.id)
    for place, number in enumerate(numbers):
        account = await add_account(session, user, number=number, currency=CURRENCY, payout=place == 0)
        # The set-up has just opened the account at the bank, so the administrator knows whose it is.
        await confirm_account(session, user, account, vouched_by=administrator)
    return user


async def _put_up_offers(session: AsyncSession, seller: User) -> None:
    from domain.money import Money  # noqa: PLC0415  # see above
    from store.deals.offers import create_offer, moderate  # noqa: PLC0415  # see above

    for title, description, price_minor, hours in (*OFFERS, WAITING):
        offer = await create_offer(
            session,
            seller.marketplace_id,
            seller.id,
            title=title,
            description=description,
            price=Money(price_minor, CURRENCY),
            pay_within_s=hours * 3600,
            quantity=5,
        )
        if title != WAITING[0]:
            await moderate(session, offer.id, approve=True, commission_bp=None)
