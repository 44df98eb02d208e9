"""Refunds that name credits: the caller says how much of an amount was the payee's and how much another's.

The payer sees one sum, from all sources.
"""

from __future__ import annotations

import pytest

from bank.client import Operation, credit, refund
from domain.money import Money
from tests.fixtures.bank import OPENING_MINOR, Party, RunningBank, done, refused

OPENING = Money(OPENING_MINOR, "RUB")
AMOUNT = Money(10_000, "RUB")
COMMISSION = Money(500, "RUB")


async def _divided(bank: RunningBank) -> tuple[Operation, Operation, Operation]:
    """A captured debit, and its credits to a payee and, later, to the recipient of a commission."""
    payer, payee, agent = bank.parties[0], bank.parties[2], bank.parties[3]
    taken = await bank.captured(payer, payee, AMOUNT)
    paid = [
        done(await bank.client.send(credit(bank.key(), party.number, amount, taken.key, "deal/1")))
        for party, amount in ((payee, AMOUNT - COMMISSION), (agent, COMMISSION))
    ]
    return taken, paid[0], paid[1]


async def _arrived(bank: RunningBank, party: Party) -> list[str]:
    """What the statement of an account says has come since it was opened with a deposit."""
    items = (await bank.get(f"/accounts/{party.number}/statement?limit=1000"))["items"]
    return [item["amount"] for item in items if not item["amount"].startswith("-") and item["amount"] != "0.00"][1:]


async def test_each_returns_their_own_part_and_the_payer_sees_one_sum(bank: RunningBank) -> None:
    payer, payee, agent = bank.parties[0], bank.parties[2], bank.parties[3]
    taken, to_payee, to_agent = await _divided(bank)
    half, its_commission = Money(5_000, "RUB"), Money(250, "RUB")
    shares = {to_agent.key: its_commission, to_payee.key: half - its_commission}
    for _ in range(2):
        call = refund(bank.key(), [taken.key], amount=half, shares=shares, fee="returned")
        [one] = done(await bank.client.send(call))
        assert (one.amount, one.from_payee) == (half, half)
        assert {part.credit: part.amount for part in one.parts} == shares
    for party in (payer, payee, agent):
        assert await bank.balance(party.number) == (OPENING.amount, "0.00")
    assert done(await bank.client.operation(taken.key)).fee_refunded == taken.fee
    assert sorted(await _arrived(bank, payer)) == sorted(2 * [half.amount, Money(taken.fee.minor // 2, "RUB").amount])
    assert await bank.violations() == []


async def test_what_no_credit_is_named_for_comes_from_what_was_not_paid_out(bank: RunningBank) -> None:
    payer, agent = bank.parties[0], bank.parties[3]
    taken = await bank.captured(payer, bank.parties[2], AMOUNT)
    to_agent = done(await bank.client.send(credit(bank.key(), agent.number, COMMISSION, taken.key, "deal/1")))
    call = refund(bank.key(), [taken.key], amount=AMOUNT, shares={to_agent.key: COMMISSION}, fee="kept")
    [one] = done(await bank.client.send(call))
    assert (one.from_uncredited, one.from_payee) == (AMOUNT - COMMISSION, COMMISSION)
    assert await _arrived(bank, payer) == [AMOUNT.amount]
    assert await bank.violations() == []


async def test_a_closed_account_is_refunded_to_another_one_at_any_bank(bank: RunningBank) -> None:
    for bank_id in (1, 3):
        payer, payee = await bank.new_client(1, "500.00"), bank.parties[2]
        taken = await bank.captured(payer, payee, AMOUNT)
        paid = done(await bank.client.send(credit(bank.key(), payee.number, AMOUNT, taken.key, "deal/1")))
        other, half = await bank.new_client(bank_id, "1.00"), Money(AMOUNT.minor // 2, "RUB")

        async def asked(to: str | None, taken: Operation = taken, half: Money = half, paid: Operation = paid) -> object:
            shares = {paid.key: half}
            call = refund(bank.key(), [taken.key], amount=half, shares=shares, payee_account=to, fee="returned")
            return await bank.client.send(call)

        answer = await asked(other.number)
        assert refused(answer) == "account_open"
        await bank.post(f"/accounts/{payer.number}/closure", {})
        answer = await asked(None)
        assert refused(answer) == "account_closed"
        for _ in range(2):
            [one] = done(await asked(other.number))
            assert one.operation.payee_account == other.number
        back = Money(100, "RUB") + AMOUNT + taken.fee
        assert await bank.balance(other.number) == (back.amount, "0.00")
    assert await bank.violations() == []


async def test_no_more_is_clawed_back_from_a_credit_than_it_brought(bank: RunningBank) -> None:
    taken, _, to_agent = await _divided(bank)
    too_much = COMMISSION + Money(1, "RUB")
    call = refund(bank.key(), [taken.key], amount=too_much, shares={to_agent.key: too_much}, fee="returned")
    answer = await bank.client.send(call)
    assert refused(answer) == "exceeds_refundable"
    assert (await bank.balance(bank.parties[3].number))[0] == (OPENING + COMMISSION).amount


async def test_a_credit_out_of_another_debit_is_not_clawed_back(bank: RunningBank) -> None:
    taken, _, _ = await _divided(bank)
    _, of_another, _ = await _divided(bank)
    for key, code in ((of_another.key, "not_refundable"), (taken.key, "not_refundable"), ("op-9", "unknown_operation")):
        call = refund(bank.key(), [taken.key], amount=COMMISSION, shares={key: COMMISSION}, fee="returned")
        answer = await bank.client.send(call)
        assert refused(answer) == code


async def test_credits_are_named_with_their_one_debit_as_shares_of_an_amount(bank: RunningBank) -> None:
    shares = {"op-3": COMMISSION}
    with pytest.raises(ValueError):
        refund("key/1", ["op-1", "op-2"], amount=AMOUNT, shares=shares, fee="returned")
    with pytest.raises(ValueError):
        refund("key/1", reference="deal/1", amount=AMOUNT, shares=shares, fee="returned")
    with pytest.raises(ValueError):
        refund("key/1", ["op-1"], shares=shares, fee="returned")
    share = {"operation_key": "op-3", "amount": "1.00"}
    for body, field, code in (
        ({"operation_keys": ["op-1", "op-2"], "amount": "2.00", "currency": "RUB"}, "credits", "invalid_field"),
        ({"operation_keys": ["op-1"]}, "amount", "missing_field"),
    ):
        asked = body | {"credits": [share], "fee": "returned"}
        reply = await bank.shop.post("/refunds", json=asked, headers={"Idempotency-Key": bank.key()})
        assert (reply.status_code, reply.json()["code"], reply.json()["field"]) == (422, code, field)
