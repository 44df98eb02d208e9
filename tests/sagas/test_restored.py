"""The market's database is restored from an older copy while bank and Temporal have gone on: detected, frozen,
resolved.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from audit.ahead import look_ahead
from audit.restored import Unsettled, resume_books, return_stray
from devstack.postgres import PostgresServer
from domain.terms import Release, Terms
from edge.database import is_behind
from store.operations.checkpoint import checkpoint
from store.operations.idempotency import ANSWERS
from tests.fixtures.sagas import Market
from tests.fixtures.temporal import in_real_time

INSPECTED = Terms(release=Release.ON_ACCEPTANCE, inspection_s=3600)


@asynccontextmanager
async def restored_afterwards(market: Market, server: PostgresServer) -> AsyncIterator[None]:
    """The market's database, and nothing else, forgets what happens inside the block."""
    name = market.database.engine.url.database
    assert name is not None
    copy = f"{name}_copy"
    await market.database.engine.dispose()
    await server.create_database(copy, name)
    try:
        yield
        await market.database.engine.dispose()
        await server.drop_database(name)
        await server.create_database(name, copy)
    finally:
        await server.drop_database(copy)


async def write(market: Market, caller: str) -> None:
    async def answer(session: AsyncSession) -> None:
        await session.execute(insert(ANSWERS).values(caller=caller, key="k", fingerprint=b"f", status=409, body={}))

    await market.database.run(answer)


async def test_books_that_were_restored_from_an_older_copy_catch_up_with_the_bank(
    idle_market: Market, postgres: PostgresServer
) -> None:
    market = idle_market
    seller, buyer = await market.party(2, None), await market.party(1)
    async with market.working():
        deal = await market.deal(seller, buyer)
        payment, code = await market.asked_for_code(deal, buyer)
        assert not (await market.redrive()).behind
    async with restored_afterwards(market, postgres), market.working():
        await market.submit(payment, code)
        await market.until(deal, "completed")
        forgotten = await market.deal(seller, buyer, "100.00", terms=INSPECTED)
        await market.paid(forgotten, buyer)
        await market.until(forgotten, "funded")
        assert not (await market.redrive()).behind
    async with market.working():
        assert (await market.redrive()).behind
        with pytest.raises(DBAPIError) as refused:
            await write(market, "marketplace/late")
        assert is_behind(refused.value)
        assert (await market.now(payment)).state == "awaiting_code", "nothing is decided while the books are behind"

        ahead = await look_ahead(market.database, market.bank.client)
        assert [one.id for one, _ in ahead.held] == [payment.id]
        assert [one.reference for one in ahead.strays] == [str(forgotten.id)]
        with pytest.raises(Unsettled, match="1 debits"):
            await resume_books(market.database, market.bank.client, market.sagas, "an operator", "restored")

        for _ in range(2):
            assert await return_stray(market.bank.client, ahead.strays[0]) is None
        with in_real_time(market.environment):
            why = "restored from the copy of noon"
            await resume_books(market.database, market.bank.client, market.sagas, "an operator", why)
            assert not (await market.sagas.redrive_now(within_s=60, restart_ended=True)).behind
        await market.until(deal, "completed")
        await write(market, "marketplace/late")
    assert (await market.balance(seller), await market.balance(buyer)) == ("475.00, 0.00 held", "487.50, 0.00 held")
    assert await market.alarms() == {}
    async with market.database.transaction() as session:
        row = await checkpoint(session)
    assert (row.behind_since, row.resumed_by) == (None, "an operator")


async def test_checkpoints_that_overtake_each_other_are_no_sign_of_a_restore(market: Market) -> None:
    for _ in range(3):
        assert not (await market.redrive()).behind
    books = await _books(market)
    late = await market.bank.client.note_checkpoint(books, 1, "6ba7b810-9dad-41d1-80b4-00c04fd430c8")
    assert isinstance(late, tuple) and late[0] == 3, "the bank keeps the latest one"
    assert not (await market.redrive()).behind


async def test_a_copy_that_has_counted_as_far_as_the_original_is_found_out_by_the_nonce(market: Market) -> None:
    await market.redrive()
    await market.bank.client.note_checkpoint(await _books(market), 2, "6ba7b810-9dad-41d1-80b4-00c04fd430c8")
    assert (await market.redrive()).behind


async def _books(market: Market) -> str:
    async with market.database.transaction() as session:
        return str((await checkpoint(session)).books)
