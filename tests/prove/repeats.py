"""Requests that a bank gets twice: caused on purpose, since lost answers alone may or may not cause one."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text

from edge.database import Database
from tests.prove.play import Play
from tests.prove.rig import Rig
from tests.prove.watch import until_counted

_ARRIVED = text("SELECT count(*) FROM requests WHERE key LIKE :keys")
_LOCKED = text(
    "SELECT l.id FROM accounts a JOIN ledger.accounts l ON l.id = a.ledger_id WHERE a.number = :number FOR UPDATE OF l"
)


async def asked_twice(rig: Rig, dice: random.Random, deals: int) -> list[Play]:
    """`deals` deals at once, of each of which the bank is asked for the debit again while the first is under way."""
    return list(await asyncio.gather(*(_asked_twice(rig, dice.randrange(2_00, 900_00)) for _ in range(deals))))


async def _asked_twice(rig: Rig, price: int) -> Play:
    """A deal whose bank is kept from its debit until it has been asked for it again."""
    play = await Play.begin(rig, price, 500)
    part = await play.pay(price)
    async with _kept_busy(rig, play.buyer.number):
        await play.submit(part)
        debits = {"keys": f"payment/{part.payment.id}/debit/%"}
        await until_counted(rig.market.bank.database, _ARRIVED, debits, lambda arrived: arrived > 1)
    await play.finish()
    return play


@asynccontextmanager
async def _kept_busy(rig: Rig, number: str) -> AsyncIterator[None]:
    """The account is locked meanwhile, as by another of its movements that takes long."""
    owner = Database(rig.market.bank.stored.owner_url, pool_size=1)
    try:
        async with owner.transaction() as session:
            assert await session.scalar(_LOCKED, {"number": number})
            yield
    finally:
        await owner.close()
