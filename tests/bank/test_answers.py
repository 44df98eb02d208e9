"""Idempotency keys at the bank: the first answer for ever, to its own caller only."""

from __future__ import annotations

from bank.client import BankClient, KeyUnknown, Unknown, credit, open_operation
from bank.service.requests.keys import create_api_key
from domain.money import Money
from tests.fixtures.bank import RunningBank, done, refused

AMOUNT = Money(10_000, "RUB")
FREE = Money(0, "RUB")


async def test_a_refused_key_stays_refused_though_the_reason_is_gone(bank: RunningBank) -> None:
    payer, payee = await bank.new_client(1, "50.00"), bank.parties[1]
    call = open_operation(bank.key(), payer.number, payee.number, AMOUNT, FREE, "deal/1")
    first = await bank.client.send(call)
    assert refused(first) == "insufficient_funds"
    await bank.post(f"/accounts/{payer.number}/deposits", {"amount": "50.00", "currency": "RUB"})
    assert await bank.client.send(call) == first
    assert await bank.client.ask(call) == first
    done(await bank.client.send(open_operation(bank.key(), payer.number, payee.number, AMOUNT, FREE, "deal/1")))


async def test_a_key_reused_with_other_content_is_an_error_of_its_own(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[1]
    key = bank.key()
    done(await bank.client.send(open_operation(key, payer.number, payee.number, AMOUNT, FREE, "deal/1")))
    other = open_operation(key, payer.number, payee.number, AMOUNT + AMOUNT, FREE, "deal/1")
    # To the client that is no decision about the payment: something else was done under this key.
    assert await bank.client.send(other) == Unknown("HTTP 422 idempotency_key_reused")
    assert await bank.client.ask(other) == Unknown("answer contradicts the request")
    elsewhere = credit(key, payee.number, AMOUNT, "op-001-00000000000000000000", "deal/1")
    assert await bank.client.send(elsewhere) == Unknown("HTTP 422 idempotency_key_reused")
    assert len(done(await bank.client.operations("deal/1"))) == 1


async def test_a_marketplace_sees_only_its_own_keys_and_operations(bank: RunningBank) -> None:
    pepper = bank.settings.pepper_bytes
    secret = await create_api_key(bank.database, "another shop", ["payments"], pepper=pepper)
    stranger = BankClient(bank.url, secret)
    held = await bank.held(bank.parties[0], bank.parties[1], AMOUNT)
    payer, payee = bank.parties[0], bank.parties[1]
    call = open_operation(bank.key(), payer.number, payee.number, AMOUNT, FREE, "deal/1")
    mine = done(await bank.client.send(call))
    assert await stranger.ask(call) == KeyUnknown()
    assert done(await stranger.send(call)).key != mine.key
    foreign = await stranger.operation(held.key)
    assert refused(foreign) == "unknown_operation"
    assert len(done(await stranger.operations("deal/1"))) == 1
    await stranger.aclose()


async def test_two_keys_of_one_marketplace_share_what_they_did(bank: RunningBank) -> None:
    secret = await create_api_key(bank.database, "shop", ["payments"], pepper=bank.settings.pepper_bytes)
    rotated = BankClient(bank.url, secret)
    call = open_operation(bank.key(), bank.parties[0].number, bank.parties[1].number, AMOUNT, FREE, "deal/1")
    first = done(await bank.client.send(call))
    assert done(await rotated.ask(call)) == first
    await rotated.aclose()
