"""On a local stack people get test money with a click; elsewhere nothing of that exists."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from pydantic import SecretStr, ValidationError
from sqlalchemy import text
from temporalio.testing import WorkflowEnvironment

from devstack.mailbox import Mailbox
from tests.fixtures.bank import RunningBank
from tests.fixtures.cabinet import Cabinet, Person
from tests.fixtures.databases import Databases, TestDatabase
from tests.fixtures.market import market_settings
from tests.fixtures.pages import serving_pages
from tests.fixtures.sagas import open_market


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stack(
    databases: Databases,
    saga_bank: RunningBank,
    temporal: WorkflowEnvironment,
    mailbox: Mailbox,
    hashed_password: str,
) -> AsyncIterator[Cabinet]:
    shown = {"test_bank_key": SecretStr(saga_bank.admin_key)}
    async with (
        open_market(databases, saga_bank, temporal, mailbox) as market,
        serving_pages(market, temporal, **shown) as served,
    ):
        made = Cabinet(served, hashed_password)
        yield made
        await made.close()


async def test_money_comes_into_a_wallet_once_for_one_form(stack: Cabinet) -> None:
    anna = await stack.client("Anna", 1)
    await anna.read("/my/wallets")
    await anna.send("/my/wallets", currency="RUB")
    await anna.read("/my/test-money")
    form = anna.form("/my/test-money")
    for _ in range(2):
        anna.page = await anna.http.post(form.url, data=form.fields | {"amount": "1,234.50"})
    assert "1,234.50 RUB" in anna.words and "2,469" not in anna.words
    assert 'href="/my/test-money"' in (await anna.http.get("/my/wallets")).text
    await anna.read("/my/test-money")
    assert "amount such as" in await anna.send("/my/test-money", amount="much")
    boris = await stack.client("Boris", 1)
    await boris.http.post(form.url, data=form.fields | {"csrf": (await _csrf(boris)), "amount": "5.00"})
    assert "1,234.50 RUB" in await anna.read(f"/my/wallets/{form.fields['wallet']}")  # not into a wallet of others


async def _csrf(somebody: Person) -> str:
    await somebody.read("/my/profile")
    return somebody.form("/log-out").fields["csrf"]


async def test_a_bank_opens_one_funded_account_in_the_clients_name(stack: Cabinet) -> None:
    await stack.copy_directory()
    anna = await stack.client("Anna", 1)
    numbers = set()
    for _ in range(2):
        await anna.read("/my/test-money")
        await anna.send("/my/test-money/account")
        numbers.add(anna.form("/my/accounts").fields["number"])
    [number] = numbers
    assert await stack.market.bank.balance(number) == ("100000.00", "0.00")


@pytest_asyncio.fixture(loop_scope="session")
async def market_of_real_money(
    databases: Databases, saga_bank: RunningBank, temporal: WorkflowEnvironment, mailbox: Mailbox, hashed_password: str
) -> AsyncIterator[Cabinet]:
    """Pages without the key that gives money away."""
    async with (
        open_market(databases, saga_bank, temporal, mailbox) as market,
        serving_pages(market, temporal) as served,
    ):
        made = Cabinet(served, hashed_password)
        yield made
        await made.close()


async def test_without_its_key_nothing_of_it_exists(market_of_real_money: Cabinet) -> None:
    anna = await market_of_real_money.client("Anna", 1)
    await anna.read("/my/wallets")
    await anna.send("/my/wallets", currency="RUB")
    wallets = (await anna.http.get("/my/wallets")).text
    form = {"csrf": anna.form("/log-out").fields["csrf"], "amount": "5.00", "number": "0"}
    asked = await anna.http.get("/my/test-money")
    sent = [await anna.http.post(path, data=form) for path in ("/my/test-money", "/my/test-money/account")]
    [(deposits,)] = await _rows(market_of_real_money, "SELECT count(*) FROM ledger.transfers")
    assert [reply.status_code for reply in (asked, *sent)] == [404, 404, 404]
    assert "/my/test-money" not in wallets
    assert deposits == 0


async def _rows(cabinet: Cabinet, query: str) -> list[tuple[int]]:
    async with cabinet.market.database.transaction() as session:
        return [(row[0],) for row in await session.execute(text(query))]


def test_only_this_machine_may_have_that_key() -> None:
    nowhere = TestDatabase("none", *3 * ("postgresql+asyncpg://nobody@127.0.0.1:9/none",))
    with pytest.raises(ValidationError, match="test_bank_key"):
        market_settings(nowhere, test_bank_key=SecretStr("key"), public_url="https://market.example")
