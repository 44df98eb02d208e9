"""Wallets over HTTP: deposits by those who may, transfers, what is refused, and what a wallet shows."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter

import pytest

from tests.fixtures.market_client import Json, new_key
from tests.fixtures.refusals import refusal
from tests.fixtures.wallets import Wallets, deposit, transfer


@pytest.mark.source("wallet:12")
async def test_a_user_has_one_wallet_per_currency(wallets: Wallets) -> None:
    client = wallets.api.client
    user = await client.user("Anna", "anna@example.test")
    path = f"/users/{user['id']}/wallets"
    made = [await client.make(path, {"currency": currency}) for currency in ("RUB", "USDT")]
    again = await client.post(path, {"currency": "RUB"})
    assert (again.status_code, again.json()["code"]) == (409, "wallet_exists")
    listed = (await client.read(path))["items"]
    assert listed == [{name: wallet[name] for name in ("wallet_id", "user_id", "currency")} for wallet in made]
    pages = [await client.read("/wallets", limit=1)]
    pages.append(await client.read("/wallets", limit=1, after=pages[0]["next"]))
    assert ([page["items"] for page in pages], pages[1]["next"]) == ([[line] for line in listed], None)


@pytest.mark.source("wallet:5")
async def test_operations_come_in_pages_from_the_newest_down(wallets: Wallets) -> None:
    wallet = await wallets.wallet()
    for amount in range(1, 6):
        await wallets.bank.make("/deposits", deposit(wallet, f"{amount}.00"))
    pages: list[list[str]] = []
    before: int | None = None
    while not pages or before is not None:
        page = await wallets.read(wallet, limit=2, before=before)
        assert page["balance"] == _rub("15.00")
        pages.append([line["amount"]["amount"] for line in page["operations"]])
        before = page["next"]
    assert pages == [["5.00", "4.00"], ["3.00", "2.00"], ["1.00"]]


@pytest.mark.source("wallet:10", "wallet:28")
async def test_only_the_payment_system_and_banks_deposit_and_they_do_nothing_else(wallets: Wallets) -> None:
    wallet = await wallets.wallet()
    for caller in (wallets.api.client, wallets.api.operator):
        refused = await caller.post("/deposits", deposit(wallet, "1.00"))
        assert (refused.status_code, refused.json()["code"]) == (403, "deposit_key_needed")
    stranger = wallets.api.caller("x" * 40)
    refused = await stranger.post("/deposits", deposit(wallet, "1.00"))
    await stranger.aclose()
    assert (refused.status_code, refused.json()["code"]) == (401, "bad_api_key")
    read = await wallets.payment_system.get(f"/wallets/{wallet}")
    sent = await wallets.bank.post("/transfers", transfer(wallet, wallet, "1.00"))
    assert (read.status_code, sent.status_code) == (401, 401)
    assert (await wallets.bank.post("/deposits", deposit(wallet, "7.00"))).status_code == 201
    [line] = (await wallets.read(wallet))["operations"]
    assert (line["counterparty"], line["amount"]) == ("bank-1", _rub("7.00"))


async def test_what_is_no_positive_amount_is_refused_by_name(wallets: Wallets) -> None:
    payer, payee = await wallets.wallet("10.00"), await wallets.wallet()
    for amount in (11.1, 11, -1, "-1.00", "0.00", "0", "1e3", "NaN", "1.001", " 1", "", None, True):
        for refused in (
            await wallets.transfer(payer, payee, amount),
            await wallets.payment_system.post("/deposits", deposit(payer, amount)),
        ):
            said = refused.json()
            assert (said["status"], said["code"], said["field"]) == (422, "bad_amount", "amount.amount"), amount
    assert await wallets.balance(payer) == "10.00"


async def test_what_cannot_be_transferred_is_refused_by_name_and_moves_nothing(wallets: Wallets) -> None:
    payer, payee, dollars = await wallets.wallet("10.00"), await wallets.wallet(), await wallets.wallet(currency="USD")
    nobody = "00000000-0000-7000-8000-000000000000"
    other = await wallets.api.other_marketplace()
    cases: list[tuple[Json, int, str, str]] = [
        (transfer(payer, payer, "1.00"), 409, "same_wallet", "to_wallet_id"),
        (transfer(payer, nobody, "1.00"), 404, "unknown_wallet", "to_wallet_id"),
        (transfer(nobody, payee, "1.00"), 404, "unknown_wallet", "from_wallet_id"),
        (transfer(payer, dollars, "1.00"), 409, "wrong_currency", "amount.currency"),
        (transfer(payer, payee, "1.00", "USD"), 409, "wrong_currency", "amount.currency"),
        (transfer(payer, payee, "10.01"), 409, "insufficient_funds", "amount"),
    ]
    for body, status, code, name in cases:
        refused = (await wallets.api.client.post("/transfers", body)).json()
        assert (refused["status"], refused["code"], refused["field"]) == (status, code, name)
    foreign = await other.post("/transfers", transfer(payer, payee, "1.00"))
    await other.aclose()
    assert (foreign.status_code, foreign.json()["code"]) == (404, "unknown_wallet")
    assert (await wallets.balance(payer), await wallets.balance(payee)) == ("10.00", "0.00")


async def test_a_hundred_parallel_requests_with_one_key_are_one_transfer(wallets: Wallets) -> None:
    payer, payee = await wallets.wallet("10.00"), await wallets.wallet()
    key = new_key()
    replies = await asyncio.gather(*(wallets.transfer(payer, payee, "1.00", key) for _ in range(100)))
    assert {reply.status_code for reply in replies} == {201}
    assert all(reply.json() == replies[0].json() for reply in replies)
    assert Counter(reply.headers.get("idempotency-replayed") for reply in replies) == {None: 1, "true": 99}
    assert (await wallets.balance(payer), await wallets.balance(payee)) == ("9.00", "1.00")


async def test_a_key_keeps_its_answer_a_refusal_too_and_takes_no_other_content(wallets: Wallets) -> None:
    payer, payee = await wallets.wallet("10.00"), await wallets.wallet()
    key = new_key()
    refused = await wallets.transfer(payer, payee, "10.01", key)
    await wallets.payment_system.make("/deposits", deposit(payer, "5.00"))
    again = await wallets.transfer(payer, payee, "10.01", key)
    assert refusal(again) == refusal(refused)
    assert (again.status_code, again.headers["idempotency-replayed"]) == (409, "true")
    other = await wallets.transfer(payer, payee, "1.00", key)
    elsewhere = await wallets.api.client.post("/users", {"name": "A", "email": "a@example.test"}, key=key)
    for reply in (other, elsewhere):
        said = reply.json()
        assert (said["status"], said["code"], said["field"]) == (422, "idempotency_key_reused", "Idempotency-Key")
    assert await wallets.balance(payee) == "0.00"


@pytest.mark.source("wallet:14-15")
async def test_of_many_transfers_from_one_wallet_as_many_are_made_as_it_has_money_for(wallets: Wallets) -> None:
    payer, payees = await wallets.wallet("30.00"), [await wallets.wallet() for _ in range(4)]
    replies = await asyncio.gather(*(wallets.transfer(payer, payees[n % 4], "1.00") for n in range(40)))
    codes = Counter(reply.json().get("code", "made") for reply in replies)
    assert codes == {"made": 30, "insufficient_funds": 10}
    balances = [int(reply.json()["balance"]["amount"].split(".")[0]) for reply in replies if reply.status_code == 201]
    assert sorted(balances) == list(range(30))
    left = [await wallets.balance(wallet) for wallet in (payer, *payees)]
    assert sum(int(amount.split(".")[0]) for amount in left) == 30 and left[0] == "0.00"


@pytest.mark.source("wallet:29-32")
async def test_wallets_that_pay_in_a_circle_at_the_same_time_lose_nothing(wallets: Wallets) -> None:
    signal = [await wallets.wallet("100.00") for _ in range(8)]
    pairs = list(itertools.permutations(signal, 2))
    replies = await asyncio.gather(*(wallets.transfer(payer, payee, "3.00") for payer, payee in pairs))
    assert {reply.status_code for reply in replies} == {201}
    for wallet in signal:
        shown = await wallets.read(wallet, limit=100)
        assert (shown["balance"], len(shown["operations"])) == (_rub("100.00"), 15)


def _rub(amount: str) -> Json:
    return {"amount": amount, "currency": "RUB"}
