"""Wallets at the pages: opened, sent from, asked into, withdrawn from, without any script."""

from __future__ import annotations

import asyncio
import re
from uuid import UUID

import httpx
import pytest

from domain.money import Money
from store.mail.notices import sealing_context
from tests.fixtures.cabinet import Cabinet, Person, cabinet
from tests.fixtures.party_wallets import give

__all__ = ["cabinet"]


async def opened(cabinet: Cabinet, somebody: Person, funds: str | None = None) -> str:
    """The address of the wallet's page, once it was opened at the pages and filled from outside."""
    await somebody.read("/my/wallets")
    await somebody.send("/my/wallets", currency="RUB")
    if funds is not None:
        async with cabinet.market.database.transaction() as session:
            await give(session, UUID(address(somebody.at)), funds, "Перевод из Тинькофф")
    return somebody.at


def address(wallet: str) -> str:
    return wallet.rsplit("/", 1)[1]


async def sent_again(somebody: Person, action: str, **fields: str) -> list[httpx.Response]:
    """The form of the page as a double click sends it, and as an older tab sends it again."""
    data = somebody.form(action).fields | fields
    return [await somebody.http.post(action, data=data) for _ in range(3)]


async def code_for(cabinet: Cabinet, wallet: str) -> str:
    """The code that waits to be mailed to the wallet's owner."""
    [(sealed,)] = await cabinet.rows(
        "SELECT sealed FROM notices WHERE sealed IS NOT NULL AND data ->> 'wallet_id' = :id ORDER BY id DESC LIMIT 1",
        id=address(wallet),
    )
    return cabinet.market.sealer.open(sealed, sealing_context(UUID(address(wallet))))


async def test_a_wallet_is_opened_once_in_each_currency(cabinet: Cabinet) -> None:
    anna = await cabinet.client("Anna", 1)
    assert "No wallet yet" in await anna.read("/my/wallets")
    form = anna.form("/my/wallets")
    wallet = await opened(cabinet, anna, "1250.00")
    assert "Перевод из Тинькофф" in await anna.read(wallet)
    assert address(wallet) in anna.words and "1,250.00 RUB can be spent" in anna.words.replace("\xa0", " ")
    again = await anna.http.post("/my/wallets", data=form.fields | {"currency": "RUB"})
    assert again.status_code == 409 and "The user has a wallet in this currency." in again.text
    strange = await anna.http.post("/my/wallets", data=form.fields | {"currency": "XXX"})
    assert strange.status_code == 422 and "Please choose a currency from the list." in strange.text


async def test_a_client_with_a_wallet_in_roubles_opens_one_in_usdt_and_tops_it_up(cabinet: Cabinet) -> None:
    anna = await cabinet.client("Anna", 1)
    await opened(cabinet, anna)
    await anna.read("/my/wallets")
    assert "USDT" in anna.form("/my/wallets").options["currency"]
    await anna.send("/my/wallets", currency="USDT")
    assert "USDT on TRON (TRC-20)" in await anna.read(f"{anna.at}/top-ups")
    await anna.read("/my/wallets")
    assert len(set(re.findall(r'href="/my/wallets/([^"]+)"', anna.page.text))) == 2


async def test_a_transfer_that_is_sent_three_times_is_one(cabinet: Cabinet) -> None:
    anna, boris = await cabinet.client("Anna", 1), await cabinet.client("Boris", 2)
    mine, his = await opened(cabinet, anna, "100.00"), await opened(cabinet, boris)
    await anna.read(f"{mine}/transfer")
    old = anna.form(f"{mine}/transfer").fields
    filled = {"to": address(his), "amount": "30.50", "details": "Rent <May>"}
    replies = await sent_again(anna, f"{mine}/transfer", **filled)
    assert {reply.url.path for reply in replies} == {mine}
    assert "+ 30.50 RUB" in (await boris.read(his)).replace("\xa0", " ").replace("+", "+ ")
    assert "Rent <May>" in boris.words and "&lt;May&gt;" in boris.page.text
    other = await anna.http.post(f"{mine}/transfer", data=old | filled | {"amount": "31"})
    assert other.status_code == 422 and "already sent, with other contents" in other.text
    ahead = await anna.http.post(f"{mine}/transfer", data=old | filled | {"number": "7"})
    assert ahead.status_code == 409 and "out of date" in ahead.text
    await anna.read(f"{mine}/transfer")
    await anna.send(f"{mine}/transfer", **filled)
    assert "39.00 RUB can be spent" in (await anna.read(mine)).replace("\xa0", " ")


async def test_errors_of_a_transfer_are_shown_beside_their_fields(cabinet: Cabinet) -> None:
    anna, boris = await cabinet.client("Anna", 1), await cabinet.client("Boris", 2)
    mine, his = await opened(cabinet, anna, "100.00"), await opened(cabinet, boris)
    cases = [
        ("amount", "100.01", "Your wallet has only 100.00 RUB available."),
        ("amount", "0", "Please type an amount such as 1,250.00, above zero."),
        ("amount", "-1", "Please type an amount such as 1,250.00, above zero."),
        ("amount", "1.001", "RUB has at most 2 decimals: type an amount such as 1,250.00."),
        ("amount", "", "Please fill this in."),
        ("to", "00000000-0000-7000-8000-000000000000", "There is no such wallet."),
        ("to", "nowhere", "There is no such wallet."),
        ("to", address(mine), "Payer and payee are one wallet."),
        ("details", "x" * 501, "This is too long: at most 500 characters."),
    ]
    for number, (field, typed, words) in enumerate(cases, start=1):
        await anna.read(f"{mine}/transfer")
        filled = {"to": address(his), "amount": "1.00", field: typed}
        await anna.send(f"{mine}/transfer", **filled)
        assert anna.page.status_code in (404, 409, 422), words
        assert re.search(rf'id="{field}-error">{re.escape(words)}<', anna.page.text.replace("\xa0", " ")), words
        assert anna.page.text.count("aria-invalid") == 1, words
        # The form keeps what was typed, and is right when it is sent again.
        await anna.send(f"{mine}/transfer", **filled | {"to": address(his), "amount": "1.00", "details": ""})
        assert anna.at == mine and f"{100 - number}.00" in anna.words, words


@pytest.mark.source("wallet:11")
async def test_a_transfer_from_another_users_wallet_or_another_site_is_refused(cabinet: Cabinet) -> None:
    anna, eve = await cabinet.client("Anna", 1), await cabinet.client("Eve", 2)
    mine, hers = await opened(cabinet, anna, "100.00"), await opened(cabinet, eve)
    for path in ("", "/transfer", "/requests", "/withdrawals", "/holds"):
        await eve.read(f"{mine}{path}")
        assert eve.page.status_code == 404, path
    await eve.read(f"{hers}/transfer")
    form = eve.form(f"{hers}/transfer").fields | {"to": address(hers), "amount": "1"}
    assert (await eve.http.post(f"{mine}/transfer", data=form)).status_code == 404
    await anna.read(f"{mine}/transfer")
    form = anna.form(f"{mine}/transfer").fields | {"to": address(hers), "amount": "1"}
    for wrong in ("x", "", eve.form(f"{hers}/transfer").fields["csrf"]):
        assert (await anna.http.post(f"{mine}/transfer", data=form | {"csrf": wrong})).status_code == 403
    assert "100.00" in await anna.read(mine)


async def test_a_request_is_paid_once_or_declined_or_clawed_back(cabinet: Cabinet) -> None:
    anna, boris = await cabinet.client("Anna", 1), await cabinet.client("Boris", 2)
    payee, payer = await opened(cabinet, anna), await opened(cabinet, boris, "50.00")
    for amount in ("20", "25", "60", "7"):
        await anna.read(f"{payee}/requests")
        replies = await sent_again(
            anna, f"{payee}/requests", **{"from": address(payer), "amount": amount, "details": "Lunch", "days": "1"}
        )
        assert {reply.url.path for reply in replies} == {f"{payee}/requests"}
    assert (await anna.read(f"{payee}/requests")).count("Waiting for an answer") == 4
    requests = [
        f"/my/payment-requests/{one}" for one in dict.fromkeys(re.findall(r"requests/([0-9a-f-]{36})/", anna.page.text))
    ]
    seven, sixty, twenty_five, twenty = requests
    await anna.send(f"{seven}/retraction")
    assert "Anna asks you for money" in await boris.read(f"{payer}/requests")
    assert boris.words.count("Waiting for an answer") == 3
    answers = [
        await boris.http.post(f"{twenty}/confirmation", data=boris.form(f"{twenty}/confirmation").fields)
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [200, 200]
    await boris.send(f"{twenty_five}/decline")
    await boris.send(f"{sixty}/confirmation")
    assert boris.page.status_code == 409 and "Your wallet has only 30.00 RUB available." in boris.words.replace(
        "\xa0", " "
    )
    form = boris.form(f"{sixty}/confirmation").fields
    late = await boris.http.post(f"{twenty_five}/confirmation", data=form)
    assert late.status_code == 409 and "This request was answered already." in late.text
    foreign = await anna.http.post(f"{sixty}/confirmation", data=anna.form(f"{sixty}/retraction").fields)
    assert foreign.status_code == 403
    said = await anna.read(f"{payee}/requests")
    assert [said.count(word) for word in ("Paid", "Declined", "Retracted", "Waiting for an answer")] == [1, 1, 1, 1]
    assert "20.00 RUB can be spent" in said.replace("\xa0", " ")


@pytest.mark.source("wallet:27")
async def test_a_withdrawal_is_confirmed_with_the_code_and_shown_until_the_bank_has_paid(cabinet: Cabinet) -> None:
    anna = await cabinet.client("Anna", 2)
    await cabinet.market.bank.fund(2, Money(1_000_00, "RUB"))
    wallet = await opened(cabinet, anna, "100.00")
    before = await anna.balance()
    await anna.read(f"{wallet}/withdrawals")
    await anna.send(f"{wallet}/withdrawals", amount="100.01")
    assert re.search(r'id="amount-error">Your wallet has only 100.00', anna.page.text)
    replies = await sent_again(anna, f"{wallet}/withdrawals", amount="40")
    [path] = {reply.url.path for reply in replies}
    await anna.read(path)
    await anna.send(f"{path}/code", code="AAAA-AAAA")
    assert re.search(r'id="code-error">The code is wrong', anna.page.text)
    assert (
        f"It went to {anna.email[0]}…@{anna.email.partition('@')[2]}." in anna.words and "Tries left: 4" in anna.words
    )
    assert re.search(r"The code expires in \d:\d\d:\d\d", anna.words)
    await anna.send(f"{path}/another-code")
    assert anna.page.status_code == 429 and "wait half a minute" in anna.words
    form = anna.form(f"{path}/code").fields | {"code": (await code_for(cabinet, wallet)).lower()}
    assert {(await anna.http.post(f"{path}/code", data=form)).url.path for _ in range(2)} == {path}
    await anna.read(path)
    await anna.until("Paid out")
    assert "60.00 RUB can be spent" in (await anna.read(f"{wallet}/withdrawals")).replace("\xa0", " ")
    assert "Paid out" in anna.words and before != await anna.balance()
    [(tries,)] = await cabinet.rows(
        "SELECT sum(tries) FROM confirmation_codes WHERE subject = :of", of=f"withdrawal/{path.rsplit('/', 1)[1]}"
    )
    assert tries == 2


async def test_a_code_sent_twice_is_one_try_and_another_code_in_the_same_form_is_another(cabinet: Cabinet) -> None:
    anna = await cabinet.client("Anna", 1)
    wallet = await opened(cabinet, anna, "100.00")
    await anna.read(f"{wallet}/withdrawals")
    await anna.send(f"{wallet}/withdrawals", amount="40")
    path = anna.at
    form = anna.form(f"{path}/code")
    for code in ("AAAA-AAAA", "BBBB-BBBB"):
        sent = form.fields | {"code": code}
        await asyncio.gather(*(anna.http.post(form.url, data=sent) for _ in range(3)))
    assert "Tries left: 3" in await anna.read(path)


async def test_a_withdrawal_that_is_not_wanted_any_more_frees_the_money(cabinet: Cabinet) -> None:
    anna = await cabinet.client("Anna", 1)
    wallet = await opened(cabinet, anna, "100.00")
    await anna.read(f"{wallet}/withdrawals")
    await anna.send(f"{wallet}/withdrawals", amount="40")
    assert "60.00" in await anna.read(wallet)
    await anna.read(f"{wallet}/withdrawals")
    [link] = set(re.findall(r"/my/withdrawals/[0-9a-f-]{36}", anna.page.text))
    await anna.read(link)
    await anna.send(f"{link}/cancellation")
    assert anna.at == link and "Cancelled" in anna.words
    assert "100.00 RUB can be spent" in (await anna.read(wallet)).replace("\xa0", " ")
    eve = await cabinet.client("Eve", 2)
    await eve.read(link)
    assert eve.page.status_code == 404
