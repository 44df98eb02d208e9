"""Steps about the same rows at the same time: each is decided by what the one before it left."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime

from sqlalchemy import text

from bank.client import Call, Done, Operation, Refused, capture, credit, debit, request_code, void
from domain.money import Money
from tests.bank.paying import plant_paid
from tests.bank.test_guarantee import debt, in_debt
from tests.fixtures.bank import RunningBank, done
from tests.fixtures.patience import until

AMOUNT = Money(12_000, "RUB")
PARTS = 12


def words(answers: list[object]) -> Counter[str]:
    """How often each answer was given: `done`, or the code of a refusal."""
    return Counter("done" if isinstance(answer, Done) else getattr(answer, "code", str(answer)) for answer in answers)


async def waiting(bank: RunningBank) -> int:
    """How many statements on the bank's database wait for a lock."""
    sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    async with bank.database.transaction() as session:
        return int((await session.execute(text(sql))).scalar_one())


async def test_parallel_credits_of_parts_of_one_debit_are_all_done_and_no_more(bank: RunningBank) -> None:
    payee = bank.parties[2]
    source = await bank.captured(bank.parties[0], payee, AMOUNT)
    part = Money(AMOUNT.minor // PARTS, "RUB")
    calls = [credit(bank.key(), payee.number, part, source.key, "deal/1") for _ in range(PARTS + 3)]
    answers = await asyncio.gather(*(bank.client.send(call) for call in calls))
    assert words([*answers]) == {"done": PARTS, "exceeds_source": 3}
    assert (await bank.balance(payee.number))[0] == "10120.00"
    assert await bank.violations() == []


async def test_a_void_beside_the_debit_leaves_nothing_on_hold(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[2]
    for _ in range(4):
        operation = await bank.open(payer, payee, Money(1_000, "RUB"))
        code = await bank.code(operation)
        calls: list[Call[Operation]] = [
            debit(bank.key(), operation.key, code, datetime.now(UTC)),
            void(bank.key(), operation.key),
        ]
        debited, voided = await asyncio.gather(*(bank.client.send(call) for call in calls))
        assert done(voided).status == "void"
        assert isinstance(debited, Done) or (isinstance(debited, Refused) and debited.code == "operation_ended")
    assert await bank.balance(payer.number) == ("10000.00", "0.00")
    assert await bank.violations() == []


async def test_parallel_requests_for_codes_get_three_with_one_alive(bank: RunningBank) -> None:
    operation = await bank.open(bank.parties[0], bank.parties[2], AMOUNT)
    answers = await asyncio.gather(*(bank.client.send(request_code(bank.key(), operation.key)) for _ in range(6)))
    assert words([*answers]) == {"done": 3, "too_many_codes": 3}
    assert sorted(done(answer).number for answer in answers if isinstance(answer, Done)) == [1, 2, 3]
    assert await bank.violations() == []


async def test_a_step_is_decided_by_the_operation_as_it_is_once_it_has_the_lock(bank: RunningBank) -> None:
    held = await bank.held(bank.parties[0], bank.parties[2], AMOUNT)
    async with bank.database.transaction() as session:
        await session.execute(text("SELECT FROM operations WHERE key = :key FOR UPDATE"), {"key": held.key})
        call = capture(bank.key(), held.key)
        taking = asyncio.create_task(bank.client.send(call))
        await until(lambda: waiting(bank), lambda number: number == 1)
        # It waits for the lock, and reads after it.
        other = "UPDATE operations SET reference = 'deal/2' WHERE key = :key"
        await session.execute(text(other), {"key": held.key})
    taken = done(await taking)
    assert (taken.status, taken.reference) == ("success", "deal/2")
    assert done(await bank.client.ask(call)) == taken
    assert await bank.violations() == []


async def test_parallel_credits_to_a_debtor_repay_the_debt_once(bank: RunningBank) -> None:
    payer, payee, number, _ = await in_debt(bank)
    part, none = Money(1_000, "RUB"), Money(0, "RUB")
    sources = await plant_paid(bank, payer, payee, part, none, count=10, credited=none)
    calls = [credit(bank.key(), payee.number, part, source, "deal/1") for source in sources]
    answers = await asyncio.gather(*(bank.client.send(call) for call in calls))
    assert words([*answers]) == {"done": 10}
    assert await debt(bank, payee) == "0.00"
    assert await bank.balance(number) == ("70.00", "0.00")
    assert (await bank.balance(payee.number))[0] == "30.00"
    assert await bank.violations() == []
