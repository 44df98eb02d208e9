"""`holdfast up --bank-programs 2`: another bank program, with a database, keys and a port of its own.

The market knows it as an administrator would make it known: a registered bank client, enabled. At its banks there are a
seller with an offer, and an account of the buyer.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Final

from devstack.errors import StackError
from devstack.people import BUYER, CURRENCY, OPENING, Customer, at_bank, fund_guarantees
from devstack.postgres import BANK_APP, BANK_OWNER
from devstack.preparations import SCOPES, Preparation, stack_caller
from devstack.programs import Program, bank_settings, module
from devstack.site import Site

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

    from edge.database import Database
    from store.people.users import User

DATABASE: Final = "bank_2"
FIRST: Final = 501  # its banks have ids from here on
NAME: Final = "Second bank program"
WORLD: Final = {"banks": 3, "clients": 1, "seed": 2, "opening_balance": "100000.00"}
SELLER: Final = Customer("seller2", "Nora Northern", (FIRST + 1,))
OFFER: Final = ("A pair of skates", "Size 42, sharpened.", 500_000, 48)


def _url(site: Site) -> str:
    return site.postgres.url(DATABASE, BANK_APP)


def _key(scope: str) -> str:
    return f"second_bank_{scope}_key"


async def prepare(site: Site) -> None:
    """Its database, and this stack's keys there. Raises StackError where the first bank is not this stack's own."""
    import bank.service  # noqa: PLC0415  # commands import what they need when they need it
    from bank.service.requests.keys import create_api_key  # noqa: PLC0415  # see above
    from edge.database import Database  # noqa: PLC0415  # see above

    if {"bank", "market"} - set(site.own_databases):
        raise StackError("--bank-programs 2 needs databases of the stack's own")
    await site.postgres.create_database(DATABASE)
    await site.postgres.keep_apart(DATABASE, BANK_OWNER, BANK_APP)
    await asyncio.to_thread(bank.service.migrate, site.postgres.url(DATABASE, BANK_OWNER), BANK_APP)
    pepper = site.secret("bank_pepper", "HOLDFAST_BANK_PEPPER").encode()
    database = Database(_url(site), pool_size=1)
    try:
        for scope in ("admin", "payments"):
            if _key(scope) not in site.state.secrets:
                secret = await create_api_key(database, stack_caller(scope), SCOPES[scope], pepper=pepper)
                site.state.keep_secret(_key(scope), secret)
    finally:
        await database.close()


def settings(site: Site) -> dict[str, str]:
    return {
        **bank_settings(site),
        "HOLDFAST_BANK_DATABASE_URL": _url(site),
        "HOLDFAST_BANK_FIRST_BANK_ID": str(FIRST),
        "HOLDFAST_BANK_PORT": str(site.ports["bank_2"]),
        "HOLDFAST_BANK_METRICS_PORT": str(site.ports["bank_2_metrics"]),
    }


PREPARATION: Final = Preparation("second bank", prepare, after=("bank keys", "bank webhook", "signer seed"))
PROGRAM: Final = Program("bank-2", module("bank.service"), "bank_2", settings, after=("second bank", "mail"))


async def settle(site: Site, password: str) -> None:
    """Registers and enables it, at its present address, and makes its people once. Safe to repeat."""
    from edge.database import Database  # noqa: PLC0415  # see above

    accounts = await _open_accounts(site)
    database = Database(site.database("market").url, pool_size=2)
    try:
        await register_client(site, database)
        await _settle_people(database, password, accounts)
    finally:
        await database.close()


async def _open_accounts(site: Site) -> dict[str, str]:
    """Its banks, and the numbers of the people's accounts there."""
    numbers: dict[str, str] = {}
    async with at_bank(site, "bank_2", _key("admin")) as (bank, post):
        await post("/seeds", WORLD, "world")
        await fund_guarantees(bank)
        for person, bank_id in ((SELLER, FIRST + 1), (BUYER, FIRST)):
            client = await post("/clients", {"name": person.name, "email": person.email}, person.login)
            opened = {"bank_id": bank_id, "client_id": client["id"], "currency": CURRENCY}
            numbers[person.login] = (await post("/accounts", opened, f"{person.login}/account"))["number"]
            await post(f"/accounts/{numbers[person.login]}/deposits", OPENING, f"{person.login}/opening")
    return numbers


async def register_client(site: Site, database: Database) -> None:
    """At its present address, with its present key; a state that an administrator has chosen stays."""
    from pydantic import SecretStr  # noqa: PLC0415  # see above

    from bank.client import BankClient  # noqa: PLC0415  # see above
    from domain.bank_clients import BankClientState  # noqa: PLC0415  # see above
    from edge.sealing import Sealer  # noqa: PLC0415  # see above
    from edge.webhooks import new_secret  # noqa: PLC0415  # see above
    from market.bank_clients import Wanted, change, directory_of, enable, register  # noqa: PLC0415  # see above
    from settings import keys_of  # noqa: PLC0415  # see above
    from store.banks.bank_clients import bank_clients  # noqa: PLC0415  # see above

    sealer = Sealer(keys_of(SecretStr(site.secret("sealing_key", "HOLDFAST_SEALING_KEYS"))))
    url, key, secret = site.http("bank_2"), site.secret(_key("payments")), new_secret()
    wanted = Wanted(NAME, url, 5_000, 30, key, secret)
    async with database.transaction() as session:
        known = next((row for row in await bank_clients(session) if row.name == NAME), None)
        operator_id = await _administrator(session)
    async with aclosing(BankClient(url, key)) as calling:
        said = await directory_of(calling)
    if known is None:
        act = partial(register, operator_id=operator_id, wanted=wanted, sealer=sealer)
    else:
        act = partial(change, id_=known.id, wanted=wanted, sealer=sealer, said=said)
    client = (await database.run(act)).value
    await _name_webhook_endpoint(site, client.id, secret)
    if known is None or client.state == BankClientState.ENABLED:
        await database.run(partial(enable, id_=client.id, said=said))


async def _name_webhook_endpoint(site: Site, client_id: UUID, secret: str) -> None:
    from bank.service.acts.webhooks import register, secret_context  # noqa: PLC0415  # see above
    from bank.service.settings import sealing_key  # noqa: PLC0415  # see above
    from edge.database import Database  # noqa: PLC0415  # see above
    from edge.sealing import Sealer  # noqa: PLC0415  # see above

    caller = stack_caller("payments")
    pepper = site.secret("bank_pepper", "HOLDFAST_BANK_PEPPER").encode()
    sealed = Sealer([sealing_key(pepper)]).seal(secret, secret_context(caller))
    bank = Database(_url(site), pool_size=1)
    try:
        async with bank.transaction() as session:
            await register(session, caller, f"{site.http('api')}/api/v1/bank-webhooks/{client_id}", sealed)
    finally:
        await bank.close()


async def _administrator(session: AsyncSession) -> UUID:
    from sqlalchemy import select  # noqa: PLC0415  # see above

    from store.people.operators import Operator  # noqa: PLC0415  # see above

    found = await session.scalar(select(Operator.id).where(Operator.administrator).order_by(Operator.id).limit(1))
    assert found is not None, "the people of the stack are there"
    return found


async def _settle_people(database: Database, password: str, accounts: dict[str, str]) -> None:
    """In one transaction: a seller who is paid there, with an offer, and the account of the buyer."""
    from sqlalchemy import select  # noqa: PLC0415  # see above

    from edge.passwords import Passwords  # noqa: PLC0415  # see above
    from store.people.logins import Login, create_login  # noqa: PLC0415  # see above
    from store.people.users import create_user, user_of  # noqa: PLC0415  # see above

    hashed = await Passwords().hash(password)
    async with database.transaction() as session:
        if await session.scalar(select(Login.id).where(Login.name == SELLER.login)) is not None:
            return
        buyer_id = await session.scalar(select(Login.user_id).where(Login.name == BUYER.login))
        assert buyer_id is not None, "the people of the stack are there"
        buyer: User = await user_of(session, None, buyer_id, lock=True)
        operator_id = await _administrator(session)
        named = await create_user(session, buyer.marketplace_id, name=SELLER.name, email=SELLER.email, reference=None)
        await create_login(session, name=SELLER.login, password=hashed, user_id=named.id)
        await _vouch(session, buyer, accounts[BUYER.login], operator_id, payout=False)
        await _vouch(session, named, accounts[SELLER.login], operator_id, payout=True)
        await _put_up_offer(session, named)


async def _vouch(session: AsyncSession, user: User, number: str, operator_id: UUID, *, payout: bool) -> None:
    from store.banks.accounts import add_account, confirm_account  # noqa: PLC0415  # see above

    account = await add_account(session, user, number=number, currency=CURRENCY, payout=payout)
    await confirm_account(session, user, account, vouched_by=operator_id)


async def _put_up_offer(session: AsyncSession, seller: User) -> None:
    from domain.money import Money  # noqa: PLC0415  # see above
    from store.deals.offers import create_offer, moderate  # noqa: PLC0415  # see above

    title, description, price_minor, hours = OFFER
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
    await moderate(session, offer.id, approve=True, commission_bp=None)
