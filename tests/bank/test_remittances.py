"""Remittances: clients send money to accounts, and the platform reads what came, missing nothing."""

from __future__ import annotations

import asyncio
from datetime import datetime

from sqlalchemy import text

from bank.client import Remittances, payout, send_back
from domain.money import Money
from tests.bank.outbox import register
from tests.fixtures.bank import OPENING_MINOR, Party, RunningBank, done, refused
from tests.fixtures.receiver import Receiver

AMOUNT = Money(10_000, "RUB")


async def guarantee_of(bank: RunningBank, bank_id: int) -> str:
    return next(row for row in await bank.client.banks() if row.id == bank_id).guarantee_account


def body(payee: str, amount: Money = AMOUNT, details: str = "HF-1") -> dict[str, str]:
    return {"payee_account": payee, "amount": amount.amount, "currency": amount.currency, "details": details}


async def remit(bank: RunningBank, payer: Party, payee: str, amount: Money = AMOUNT, details: str = "HF-1") -> str:
    """The key of the remittance."""
    sent = await bank.post(f"/accounts/{payer.number}/remittances", body(payee, amount, details))
    return str(sent["key"])


async def read(bank: RunningBank, account: str, after: int = 0) -> Remittances:
    page = done(await bank.client.remittances(account, after))
    assert isinstance(page, Remittances)
    return page


async def test_a_remittance_moves_the_amount_and_the_payer_pays_the_fee_between_two_banks(bank: RunningBank) -> None:
    payer = bank.parties[0]
    own, other = await guarantee_of(bank, payer.bank_id), await guarantee_of(bank, 2)
    fee = await bank.quote(payer, bank.parties[2], AMOUNT)
    keys = [await remit(bank, payer, own, details="within"), await remit(bank, payer, other, details="between")]
    left = Money(OPENING_MINOR - 2 * AMOUNT.minor - fee.minor, "RUB")
    assert await bank.balance(payer.number) == (left.amount, "0.00")
    assert await bank.balance(own) == await bank.balance(other) == (AMOUNT.amount, "0.00")
    [within], [between] = (await read(bank, own)).items, (await read(bank, other)).items
    assert [within.key, between.key] == keys
    assert (within.number, within.amount, within.payer_account, within.details) == (1, AMOUNT, payer.number, "within")
    assert await bank.violations() == []


async def test_the_same_order_again_sends_nothing_more(bank: RunningBank) -> None:
    payer, account = bank.parties[0], await guarantee_of(bank, 1)
    order, path = body(account), f"/accounts/{payer.number}/remittances"
    first, again = await bank.post(path, order, "one"), await bank.post(path, order, "one")
    assert first == again
    assert len((await read(bank, account)).items) == 1


async def test_what_cannot_be_sent_is_refused_by_name_and_takes_no_number(bank: RunningBank) -> None:
    payer, account = bank.parties[0], await guarantee_of(bank, 1)
    closed, dollars = await bank.new_client(1, "0.00"), await bank.new_client(1, "5.00", "USD")
    await bank.post(f"/accounts/{closed.number}/closure", {})
    cases = [
        (payer.number, body("001ffffffffff"), 422, "unknown_account"),
        ("001ffffffffff", body(account), 404, "unknown_account"),
        (payer.number, body(payer.number), 422, "same_account"),
        (payer.number, body(closed.number), 409, "account_closed"),
        (dollars.number, body(account), 409, "currency_mismatch"),
        (account, body(payer.number), 409, "operator_account"),
        (payer.number, body(account, Money(OPENING_MINOR + 1, "RUB")), 409, "insufficient_funds"),
    ]
    for number, order, status, code in cases:
        headers = {"Idempotency-Key": bank.key()}
        answer = await bank.admin.post(f"/accounts/{number}/remittances", json=order, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (status, code), number
    await remit(bank, payer, account)
    assert [one.number for one in (await read(bank, account)).items] == [1]
    assert await bank.violations() == []


async def test_only_accounts_of_the_platform_are_read(bank: RunningBank) -> None:
    await remit(bank, bank.parties[0], bank.parties[1].number)
    assert refused(await bank.client.remittances(bank.parties[1].number, 0)) == "unknown_account"
    assert refused(await bank.client.remittances("001ffffffffff", 0)) == "unknown_account"
    answer = await bank.admin.get("/remittances", params={"account": await guarantee_of(bank, 1)})
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")


async def test_pages_follow_each_other_without_a_gap(bank: RunningBank) -> None:
    account, small = await guarantee_of(bank, 1), Money(1, "RUB")
    await asyncio.gather(*(remit(bank, bank.parties[place % 2], account, small) for place in range(5)))
    pages, after = [], 0
    while True:
        page = (await bank.shop.get("/remittances", params={"account": account, "after": after, "limit": 2})).json()
        pages.append([item["number"] for item in page["items"]])
        booked = datetime.fromisoformat(page["items"][-1]["booked_at"])
        complete = datetime.fromisoformat(page["complete_until"])
        assert (complete < booked) == (page["next"] is not None)  # the page says how far it reaches
        if page["next"] is None:
            break
        after = int(page["next"])
    assert pages == [[1, 2], [3, 4], [5]]


async def test_a_reader_waits_for_a_remittance_that_is_not_committed_yet(bank: RunningBank) -> None:
    """A remittance that is slow to commit has its number already: a reader that passed it would never see it."""
    account = await guarantee_of(bank, 1)
    async with bank.database.transaction() as slow:
        lock = text("SELECT number FROM accounts WHERE number = :number FOR NO KEY UPDATE")
        await slow.execute(lock, {"number": account})
        reading = asyncio.create_task(read(bank, account))
        done_early, _ = await asyncio.wait({reading}, timeout=0.2)
        assert not done_early
        await slow.execute(
            text(
                "INSERT INTO remittances "
                "SELECT 'op-001-00000000000000000000', :number, 1, :payer, 1, 0, 'RUB', 'slow', clock_timestamp(), NULL"
            ),
            {"number": account, "payer": bank.parties[0].number},
        )
    page = await reading
    assert [one.details for one in page.items] == ["slow"]
    assert page.complete_until > page.items[0].booked_at


async def test_money_for_the_guarantee_account_is_reported_by_webhook(bank: RunningBank, receiver: Receiver) -> None:
    account = await guarantee_of(bank, 1)
    await register(bank, receiver.url)
    key = await remit(bank, bank.parties[0], account)
    (message,) = await receiver.have(1)
    assert message.data == {"key": f"funding/{account}/{key}", "operation": None, "status": "funded"}


async def test_what_came_is_sent_back_once_as_a_whole(bank: RunningBank) -> None:
    payers = bank.parties[0], bank.parties[2]  # at the same bank, and at another one
    account = await guarantee_of(bank, 1)
    fees = [(await bank.quote(payer, bank.parties[1], AMOUNT)).minor for payer in payers]
    for payer, fee in zip(payers, fees, strict=True):
        key = await remit(bank, payer, account)
        call = send_back(bank.key(), key, AMOUNT)
        answers = [done(await bank.client.send(call)) for _ in "12"]
        assert answers[0] == answers[1]
        assert refused(await bank.client.send(send_back(bank.key(), key, AMOUNT))) == "operation_ended"
        assert await bank.balance(payer.number) == (Money(OPENING_MINOR - fee, "RUB").amount, "0.00")
    assert await bank.balance(account) == ("0.00", "0.00")
    assert all(one.returned_at is not None for one in (await read(bank, account)).items)
    assert await bank.violations() == []


async def test_what_cannot_be_sent_back_is_refused_by_name(bank: RunningBank) -> None:
    account, leaving = await guarantee_of(bank, 1), await bank.new_client(1, "100.00")
    stays = await remit(bank, leaving, account)
    await bank.post(f"/accounts/{leaving.number}/closure", {})
    of_a_client = await remit(bank, bank.parties[0], bank.parties[1].number)
    spent = await remit(bank, bank.parties[0], account)
    done(await bank.client.send(payout(bank.key(), bank.parties[1].number, AMOUNT, Money(0, "RUB"), "w")))
    done(await bank.client.send(payout(bank.key(), bank.parties[1].number, Money(1, "RUB"), Money(0, "RUB"), "w")))
    cases = [
        (stays, "account_closed"),
        (of_a_client, "unknown_operation"),
        ("op-001-ffffffffffffffffffff", "unknown_operation"),
        (spent, "insufficient_funds"),
    ]
    for key, code in cases:
        assert refused(await bank.client.send(send_back(bank.key(), key, AMOUNT))) == code
    assert await bank.violations() == []
