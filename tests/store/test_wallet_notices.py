"""Mails about movements miss none, in any order of commits of the transactions that drew the ids."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from domain.money import Money
from edge.database import Database
from store.mail.wallet_notices import take_movements
from store.wallets.movements import Deposit, Moved, carry_out
from store.wallets.wallets import wallet_for
from tests.fixtures.market import Api


async def _outcome(database: Database) -> list[int]:
    """The transfers reported now."""
    found: list[int] = []
    for _ in range(1000):
        async with database.transaction() as session:
            moved = await take_movements(session, 1000)
        found += [row.id for row in moved.rows]
        if not moved.behind:
            return found
    raise AssertionError("there is no end of movements")


@pytest.mark.source("wallet:24")
async def test_a_movement_that_commits_after_one_with_a_greater_id_is_reported(api: Api) -> None:
    first, second = [await api.client.user(name, f"{name}@example.test") for name in ("early", "late")]
    async with api.database.transaction() as session:
        wallets = [(await wallet_for(session, UUID(user["id"]), "RUB")).id for user in (first, second)]
    await _outcome(api.database)
    drawn, may_commit = asyncio.Event(), asyncio.Event()

    async def slow() -> Moved:
        async with api.database.transaction() as session:
            gifts = [Deposit("t", "slow", "slow bank", wallets[0], Money(1_00, "RUB"), "")]
            [moved] = await carry_out(await session.connection(), gifts)
            drawn.set()
            await may_commit.wait()
        assert isinstance(moved, Moved)
        return moved

    waiting = asyncio.create_task(slow())
    await drawn.wait()
    async with api.database.transaction() as session:
        gifts = [Deposit("t", "quick", "fast bank", wallets[1], Money(2_00, "RUB"), "")]
        [quick] = await carry_out(await session.connection(), gifts)
    assert isinstance(quick, Moved)
    # The cursor has seen the greater id, and does not pass the smaller one that only its own transaction can see.
    before = [*await _outcome(api.database), *await _outcome(api.database)]
    may_commit.set()
    late = await waiting
    assert late.operation_id < quick.operation_id
    after = [*await _outcome(api.database), *await _outcome(api.database)]
    assert late.operation_id not in before
    assert [id_ for id_ in (*before, *after) if id_ in (late.operation_id, quick.operation_id)] == [
        late.operation_id,
        quick.operation_id,
    ]
    assert await _outcome(api.database) == []
