"""The bank's benchmarks: their payments really happen, with statements that are counted; their accounts are there."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from sqlalchemy import text

from bank.service.audit import audit
from bench.bank_load import AMOUNT, bank_load
from bench.bank_plain import make_plain, plain_rate
from bench.bank_stack import BankStack, bank_stack
from bench.bank_steps import STEPS, costs_of_steps
from bench.seeds import World, measure

PAYMENTS = 4
PEOPLE = 2  # of each of two banks


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stack() -> AsyncIterator[BankStack]:
    async with bank_stack(people=PEOPLE, seed=1) as started:
        yield started


async def test_what_is_timed_is_paid_and_what_is_plain_moves_as_much(stack: BankStack) -> None:
    load = await bank_load(stack)
    for way in (load.pay_in_one, load.pay_in_three):
        assert await load.rate(await load.prepared(PAYMENTS, hot=True), 2, way) > 0
    costs = await costs_of_steps(stack, load, samples=1)
    await make_plain(stack)
    assert await plain_rate(stack, PAYMENTS, 2, hot=True) > 0
    async with stack.database.transaction() as session:
        assert (await audit(session)).clean
        paid = "SELECT count(*), sum(amount_minor) FROM operations WHERE kind = 'credit'"
        count = 2 * PAYMENTS + 4  # two payments to each sample, one to warm up and one that counts
        assert (await session.execute(text(paid))).one() == (count, count * AMOUNT.minor)
        plain = "SELECT count(*), count(DISTINCT account_id), sum(amount) FROM plain.entries"
        entries, accounts, total = (await session.execute(text(plain))).one()
        assert (entries, total) == (2 * PAYMENTS, 0) and accounts >= 2
        moved = "SELECT balance, version FROM plain.accounts WHERE id = 17"
        assert (await session.execute(text(moved))).one() == (10_000_000_000 + PAYMENTS * 1000, PAYMENTS)
    for step in STEPS:
        statements = costs[step].statements
        assert any(statement.startswith("SELECT arrive") for statement in statements), step
        assert any(statement.startswith("SELECT settle") for statement in statements), step
        assert costs[step].round_trips >= len(statements)
        assert 0 < costs[step].postgres_ms < costs[step].whole_ms


async def test_what_is_timed_is_planted_with_its_opening_entries(stack: BankStack) -> None:
    measured = await measure(stack, World(2, 2, 3), seed=2)
    async with stack.database.transaction() as session:
        clients = "SELECT count(*) FROM accounts WHERE client_id IS NOT NULL"
        opened = "SELECT count(*) FROM ledger.transfers WHERE key LIKE 'opening/%'"
        counted = [await session.scalar(text(sql)) for sql in (clients, opened)]
    assert measured.accounts == 2 * 2 * 3
    assert counted == [measured.accounts + 2 * PEOPLE] * 2
    assert min(measured.plant_s, measured.copy_s, measured.audit_s) > 0
