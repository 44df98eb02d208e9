"""Refunds that name one credit: what of an amount was the payee's and what somebody else's is for the caller to say."""

from __future__ import annotations

import pytest

from bank.client import Operation, Refused, credit, refund
from domain.money import Money
from tests.fixtures.bank import OPENING_MINOR, RunningBank, done

OPENING = Money(OPENING_MINOR, "RUB")
AMOUNT = Money(10_000, "RUB")
COMMISSION = Money(500, "RUB")


async def _divided(bank: RunningBank) -> tuple[Operation, Operation, Operation]:
    """A captured debit, and its credits to a payee and, later, to somebody who takes a commission."""
    payer, payee, agent = bank.parties[0], bank.parties[2], bank.parties[3]
    taken = await bank.captured(payer, payee, AMOUNT)
    paid = [
        done(await bank.client.send(credit(bank.key(), party.number, amount, taken.key, "deal/1")))
        for party, amount in ((payee, AMOUNT - COMMISSION), (agent, COMMISSION))
    ]
    return taken, paid[0], paid[1]


async def test_each_gives_back_his_own_part_and_the_fee_goes_with_the_parts(bank: RunningBank) -> None:
    payer, payee, agent = bank.parties[0], bank.parties[2], bank.parties[3]
    taken, to_payee, to_agent = await _divided(bank)
    half, its_commission = Money(4_750, "RUB"), Money(250, "RUB")
    for amount, from_ in ((its_commission, to_agent), (half, to_payee)):
        call = refund(bank.key(), [taken.key], amount=amount, credit=from_.key, fee="returned")
        [one] = done(await bank.client.send(call))
        assert (one.amount, one.from_payee) == (amount, amount)
    assert (await bank.balance(payee.number))[0] == (OPENING + half).amount
    assert (await bank.balance(agent.number))[0] == (OPENING + its_commission).amount
    for from_ in (to_agent, to_payee):
        done(await bank.client.send(refund(bank.key(), [taken.key], credit=from_.key, fee="returned")))
    for party in (payer, payee, agent):
        assert await bank.balance(party.number) == (OPENING.amount, "0.00")
    assert done(await bank.client.operation(taken.key)).fee_refunded == taken.fee
    assert await bank.violations() == []


async def test_no_more_is_taken_back_from_a_credit_than_it_brought(bank: RunningBank) -> None:
    taken, _, to_agent = await _divided(bank)
    too_much = COMMISSION + Money(1, "RUB")
    call = refund(bank.key(), [taken.key], amount=too_much, credit=to_agent.key, fee="returned")
    answer = await bank.client.send(call)
    assert isinstance(answer, Refused) and answer.code == "exceeds_refundable"
    assert (await bank.balance(bank.parties[3].number))[0] == (OPENING + COMMISSION).amount


async def test_a_credit_out_of_another_debit_is_not_taken_back(bank: RunningBank) -> None:
    taken, _, _ = await _divided(bank)
    _, of_another, _ = await _divided(bank)
    for key, code in ((of_another.key, "not_refundable"), (taken.key, "not_refundable"), ("op-9", "unknown_operation")):
        answer = await bank.client.send(refund(bank.key(), [taken.key], credit=key, fee="returned"))
        assert isinstance(answer, Refused) and answer.code == code


async def test_a_credit_is_named_with_its_one_debit(bank: RunningBank) -> None:
    with pytest.raises(ValueError):
        refund("key/1", ["op-1", "op-2"], credit="op-3", fee="returned")
    with pytest.raises(ValueError):
        refund("key/1", reference="deal/1", credit="op-3", fee="returned")
    body = {"operation_keys": ["op-1", "op-2"], "credit": "op-3", "fee": "returned"}
    reply = await bank.shop.post("/refunds", json=body, headers={"Idempotency-Key": bank.key()})
    assert (reply.status_code, reply.json()["code"], reply.json()["field"]) == (422, "invalid_field", "credit")
