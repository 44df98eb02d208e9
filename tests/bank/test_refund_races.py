"""Refunds side by side, and in every partition: never more than was taken, and in the end exactly that."""

from __future__ import annotations

import asyncio
from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bank.client import BankClient, Done, Refused, credit, refund
from bank.service.rules.refunds import Credit, draw, spread
from domain.fees import fee_share
from domain.money import MAX_MINOR, Money
from tests.bank.paying import plant_paid
from tests.fixtures.bank import OPENING_MINOR, RunningBank, done, refused

OPENING = Money(OPENING_MINOR, "RUB")
SMALL = Money(1_000, "RUB")
MINOR = st.integers(0, 1_000)
OPERATIONS = 60  # refunded twice each, five at a time: the race is met dozens of times


async def test_of_two_parallel_full_refunds_of_each_operation_exactly_one_is_done(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[2]
    keys = await plant_paid(bank, payer, payee, SMALL, Money(30, "RUB"), count=OPERATIONS)
    client = BankClient(bank.url, bank.payments_key, timeout_s=60)
    outcomes: Counter[str] = Counter()
    for start in range(0, len(keys), 5):
        pairs = [key for key in keys[start : start + 5] for _ in range(2)]
        calls = [refund(bank.key("refund"), [key], fee="returned") for key in pairs]
        answers = await asyncio.gather(*(client.send(call) for call in calls))
        for key in set(pairs):
            of_key = [answer for named, answer in zip(pairs, answers, strict=True) if named == key]
            assert sum(isinstance(answer, Done) for answer in of_key) == 1, key
        outcomes.update(answer.code if isinstance(answer, Refused) else type(answer).__name__ for answer in answers)
    await client.aclose()
    assert outcomes == {"Done": OPERATIONS, "exceeds_refundable": OPERATIONS}
    assert await bank.balance(payer.number) == (OPENING.amount, "0.00")
    assert await bank.balance(payee.number) == (OPENING.amount, "0.00")
    assert await bank.violations() == []


async def test_refunds_credits_and_deposits_side_by_side_lose_no_debt(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], await bank.new_client(2, "0.00")
    number = next(row for row in await bank.client.banks() if row.id == payee.bank_id).guarantee_account
    await bank.post(f"/accounts/{number}/deposits", {"amount": "1000.00", "currency": "RUB"})
    keys = await plant_paid(bank, payer, payee, SMALL, Money(0, "RUB"), count=20)
    sources = await plant_paid(bank, payer, payee, SMALL, Money(0, "RUB"), count=20, credited=Money(0, "RUB"))
    await bank.held(payee, bank.parties[3], Money(19_000, "RUB"))
    client = BankClient(bank.url, bank.payments_key, timeout_s=60)
    calls = [client.send(refund(bank.key("refund"), [key], fee="returned")) for key in keys]
    credits_ = [client.send(credit(bank.key("credit"), payee.number, SMALL, key, "planted")) for key in sources]
    deposit = {"amount": "1.00", "currency": "RUB"}
    deposits = [bank.post(f"/accounts/{payee.number}/deposits", deposit) for _ in range(20)]
    answers = await asyncio.gather(*(one for three in zip(calls, credits_, deposits, strict=True) for one in three))
    await client.aclose()
    assert all(isinstance(answer, Done | dict) for answer in answers)
    # 400.00 came with both kinds of payment and 20.00 by deposit; 200.00 were refunded, 190.00 are on hold.
    state = await bank.get(f"/accounts/{payee.number}")
    guaranteed = Money(100_000, "RUB").minor - int((await bank.balance(number))[0].replace(".", ""))
    assert Money(guaranteed, "RUB").amount == state["debt"]
    assert int(state["balance"].replace(".", "")) - guaranteed == 20_000 + 2_000 + 20_000 - 20_000
    assert await bank.violations() == []


async def test_opposite_refunds_side_by_side_do_not_lock_each_other_out(bank: RunningBank) -> None:
    one, other = bank.parties[0], bank.parties[2]
    there = await plant_paid(bank, one, other, SMALL, Money(5, "RUB"), count=20)
    back = await plant_paid(bank, other, one, SMALL, Money(5, "RUB"), count=20)
    calls = [refund(bank.key("refund"), pair, fee="returned") for pair in zip(there, reversed(back), strict=True)]
    client = BankClient(bank.url, bank.payments_key, timeout_s=60)
    answers = await asyncio.gather(*(client.send(call) for call in calls))
    await client.aclose()
    assert all(isinstance(answer, Done) for answer in answers)
    for party in (one, other):
        assert await bank.balance(party.number) == (OPENING.amount, "0.00")
    assert await bank.violations() == []


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    parts=st.lists(st.integers(1, 400), min_size=1, max_size=6),
    fee_minor=st.integers(0, 997),
    credited_share=st.integers(0, 4),
)
async def test_any_partition_returns_exactly_principal_and_fee(
    bank: RunningBank, parts: list[int], fee_minor: int, credited_share: int
) -> None:
    payer, payee = bank.parties[0], bank.parties[2]
    amount, fee = Money(sum(parts), "RUB"), Money(fee_minor, "RUB")
    credited = Money(amount.minor * credited_share // 4, "RUB")
    [key] = await plant_paid(bank, payer, payee, amount, fee, credited=credited)
    returned = 0
    for part in parts:
        call = refund(bank.key("refund"), [key], amount=Money(part, "RUB"), fee="returned")
        [one] = done(await bank.client.send(call))
        returned += one.fee.minor
    assert returned == fee_minor
    too_much = refund(bank.key("refund"), [key], amount=Money(1, "RUB"), fee="returned")
    answer = await bank.client.send(too_much)
    assert refused(answer) == "exceeds_refundable"
    for party in (payer, payee):
        assert await bank.balance(party.number) == (OPENING.amount, "0.00")
    assert await bank.violations() == []


@given(st.lists(st.integers(1, MAX_MINOR // 10), min_size=1, max_size=10), st.integers(0, MAX_MINOR))
def test_the_shares_of_a_fee_sum_to_the_fee_in_any_partition(parts: list[int], fee_minor: int) -> None:
    before, shares = 0, []
    for part in parts:
        shares.append(fee_share(fee_minor, sum(parts), before, part))
        before += part
    assert sum(shares) == fee_minor
    assert min(shares) >= 0


@given(st.lists(MINOR, min_size=1, max_size=8), st.integers(1, 8_000))
def test_an_amount_is_spread_whole_first_to_last_or_not_at_all(lefts: list[int], amount: int) -> None:
    takes = spread(lefts, amount)
    if amount > sum(lefts):
        assert takes is None
        return
    assert takes is not None
    assert sum(takes) == amount
    assert all(0 <= take <= left for take, left in zip(takes, lefts, strict=True))
    partial = [take < left for take, left in zip(takes, lefts, strict=True)]
    assert all(not take for take in takes[partial.index(True) + 1 :]) if True in partial else takes == lefts


@given(
    amount=st.integers(1, 3_000),
    uncredited=MINOR,
    lefts=st.lists(st.tuples(MINOR, st.booleans()), max_size=4),
    funds=st.lists(MINOR, min_size=6, max_size=6),
)
def test_the_guarantee_pays_only_what_payees_cannot(
    amount: int, uncredited: int, lefts: list[tuple[int, bool]], funds: list[int]
) -> None:
    available = dict(enumerate(funds))
    paid_out = [
        Credit(str(number), left, number if is_open else None, 5) for number, (left, is_open) in enumerate(lefts)
    ]
    parts = draw(amount, uncredited, paid_out, dict(available))
    total = uncredited + sum(left for left, _ in lefts)
    from_payees = sum(min(one.left_minor, available[one.payee]) for one in paid_out if one.payee is not None)
    missing = max(0, amount - uncredited - from_payees)
    if amount > total or missing > available[5]:
        assert parts is None
        return
    assert parts is not None
    assert sum(part.amount_minor for part in parts) == amount
    assert sum(part.amount_minor for part in parts if part.origin == "guarantee") == missing
    for one in paid_out:
        assert sum(part.amount_minor for part in parts if part.credit == one.key) <= one.left_minor
