"""On a local stack people get test money with a click; elsewhere nothing of that exists."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Final
from uuid import UUID

import pytest
import pytest_asyncio
from pydantic import SecretStr, ValidationError

from store.wallets.wallets import wallet_for
from tests.fixtures.bank import RunningBank
from tests.fixtures.cabinet import Cabinet, Open, Person
from tests.fixtures.chain import Chain
from tests.fixtures.market import NOWHERE, market_settings

FAUCET: Final = "http://127.0.0.1:8300/"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stack(open_cabinet: Open, saga_bank: RunningBank) -> AsyncIterator[Cabinet]:
    given = {"test_bank_key": SecretStr(saga_bank.admin_key), "test_faucet_url": FAUCET}
    async with open_cabinet(saga_bank, Cabinet, **given) as made:
        yield made


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


async def test_without_its_key_nothing_of_it_exists(cabinet: Cabinet) -> None:
    anna = await cabinet.client("Anna", 1)
    await anna.read("/my/wallets")
    await anna.send("/my/wallets", currency="RUB")
    wallets = (await anna.http.get("/my/wallets")).text
    form = {"csrf": anna.form("/log-out").fields["csrf"], "amount": "5.00", "number": "0"}
    asked = await anna.http.get("/my/test-money")
    sent = [await anna.http.post(path, data=form) for path in ("/my/test-money", "/my/test-money/account")]
    [(deposits,)] = await cabinet.rows("SELECT count(*) FROM ledger.transfers")
    assert [reply.status_code for reply in (asked, *sent)] == [404, 404, 404]
    assert "/my/test-money" not in wallets
    assert deposits == 0


async def test_the_page_of_a_top_up_leads_to_the_faucet_of_the_test_chain(stack: Cabinet) -> None:
    anna = await stack.client("Anna", 3)
    await Chain(stack.market.database).fill_pool()
    wallet = await stack.market.database.run(lambda session: wallet_for(session, UUID(anna.user_id), "USDT"))
    await anna.read(f"/my/wallets/{wallet.id}/top-ups")
    await anna.send(f"/my/wallets/{wallet.id}/top-ups", gateway="usdt_tron", amount="25")
    [address] = re.findall(r'<dd class="code-like">(T[^<]+)</dd>', anna.page.text)
    assert f'href="{FAUCET}?address={address}&amp;amount=25.000000"' in anna.page.text


def test_only_this_machine_may_have_that_key() -> None:
    with pytest.raises(ValidationError, match="test_bank_key"):
        market_settings(NOWHERE, test_bank_key=SecretStr("key"), public_url="https://market.example")
    with pytest.raises(ValidationError, match="test_faucet_url"):
        market_settings(NOWHERE, test_faucet_url=FAUCET, public_url="https://market.example")
