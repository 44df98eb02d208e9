"""Payouts: the platform's own money to a client's account, once per key, and returned by the client's bank."""

from __future__ import annotations

import asyncio

from bank.client import Done, Payout, Refused, payout
from domain.money import Money
from tests.bank.outbox import register
from tests.fixtures.bank import OPENING_MINOR, Party, RunningBank, done, refused
from tests.fixtures.receiver import Receiver

AMOUNT, NOTHING = Money(10_000, "RUB"), Money(0, "RUB")


async def _pay_out(bank: RunningBank, payee: Party, key: str | None = None, amount: Money = AMOUNT) -> Payout | Refused:
    answer = await bank.client.send(payout(key or bank.key(), payee.number, amount, NOTHING, "withdrawal/1"))
    assert isinstance(answer, Done | Refused)
    return answer.value if isinstance(answer, Done) else answer


async def test_a_payout_is_paid_once_per_key_from_the_guarantee_account(bank: RunningBank) -> None:
    payee = bank.parties[2]
    guarantee = await bank.fund(payee.bank_id, Money(15_000, "RUB"))
    key = bank.key()
    answers = await asyncio.gather(*(bank.client.send(payout(key, payee.number, AMOUNT, NOTHING, "w")) for _ in "1234"))
    [paid] = {answer.value.key for answer in answers if isinstance(answer, Done)}
    assert await bank.balance(payee.number) == (Money(OPENING_MINOR + AMOUNT.minor, "RUB").amount, "0.00")
    assert await bank.balance(guarantee) == ("50.00", "0.00")
    assert done(await bank.client.payout(paid)).returned_at is None
    too_much = await _pay_out(bank, payee)
    assert refused(too_much) == "insufficient_funds"
    assert await bank.violations() == []


async def test_what_cannot_be_paid_out_is_refused_by_name(bank: RunningBank) -> None:
    payee, closed = bank.parties[2], await bank.new_client(2, "0.00")
    guarantee = await bank.fund(payee.bank_id, AMOUNT)
    await bank.post(f"/accounts/{closed.number}/closure", {})
    dollars = await bank.new_client(2, "0.00", "USD")
    cases: list[tuple[str, Money, Money, str]] = [
        ("002ffffffffff", AMOUNT, NOTHING, "unknown_account"),
        ("nonsense", AMOUNT, NOTHING, "unknown_account"),
        (guarantee, AMOUNT, NOTHING, "unknown_account"),
        (closed.number, AMOUNT, NOTHING, "account_closed"),
        (dollars.number, Money(100, "USD"), Money(0, "USD"), "currency_mismatch"),
        (payee.number, AMOUNT, Money(1, "RUB"), "fee_changed"),
    ]
    for number, amount, fee, code in cases:
        answer = await bank.client.send(payout(bank.key(), number, amount, fee, "withdrawal/1"))
        assert (number, answer.code if isinstance(answer, Refused) else answer) == (number, code)
    assert await bank.balance(guarantee) == (AMOUNT.amount, "0.00")
    assert await bank.violations() == []


async def test_a_returned_payout_is_reported_by_webhook_and_on_request(bank: RunningBank, receiver: Receiver) -> None:
    payee = bank.parties[2]
    guarantee = await bank.fund(payee.bank_id, AMOUNT)
    await register(bank, receiver.url)
    key = bank.key()
    paid = await _pay_out(bank, payee, key)
    assert isinstance(paid, Payout)
    await bank.post(f"/payouts/{paid.key}/return", {})
    again = await bank.admin.post(f"/payouts/{paid.key}/return", json={}, headers={"Idempotency-Key": bank.key()})
    assert (again.status_code, again.json()["code"]) == (409, "operation_ended")
    (message,) = await receiver.have(1)
    assert message.data == {"key": key, "operation": paid.key, "status": "returned"}
    assert done(await bank.client.payout(paid.key)).returned_at is not None
    assert await bank.balance(guarantee) == (AMOUNT.amount, "0.00")
    assert await bank.violations() == []
