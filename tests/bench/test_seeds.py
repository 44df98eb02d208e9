"""The benchmark of seeds plants a world that is really there, and its audit really looks."""

from __future__ import annotations

from sqlalchemy import text

from bench.bank_stack import bank_stack
from bench.seeds import World, measure


async def test_what_is_timed_is_planted_with_its_opening_entries() -> None:
    async with bank_stack(people=1, seed=1) as stack:
        measured = await measure(stack, World(2, 2, 3), seed=2)
        async with stack.database.transaction() as session:
            clients = "SELECT count(*) FROM accounts WHERE client_id IS NOT NULL"
            opened = "SELECT count(*) FROM ledger.transfers WHERE key LIKE 'opening/%'"
            counted = [await session.scalar(text(sql)) for sql in (clients, opened)]
    assert measured.accounts == 2 * 2 * 3
    assert counted == [measured.accounts + 2, measured.accounts + 2]  # the two of the stack itself
    assert min(measured.plant_s, measured.copy_s, measured.audit_s) > 0
