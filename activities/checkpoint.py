"""Whether the books are current according to the bank: checked by the redriver, and before a worker begins."""

from __future__ import annotations

import asyncio
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bank.banks import Banks
from bank.client import BankClient, Unknown
from edge.database import Database
from store.operations.checkpoint import Taken, behind_since, behind_words, compare_with_latest, take_checkpoint

log = structlog.get_logger()


async def books_are_current(database: Database, banks: Banks) -> bool:
    """Takes a checkpoint and sends it to the banks. False when one knows a later one, now or since an earlier check.

    A bank that does not answer says nothing about the books; the next checkpoint asks it again.
    """
    taken = await database.run(take_checkpoint)
    if taken is None:
        return False
    known = await asyncio.gather(*(_current(database, bank, taken) for bank in await banks.every()))
    return all(known)


async def _current(database: Database, bank: BankClient, taken: Taken) -> bool:
    latest = await bank.note_checkpoint(str(taken.books), taken.number, str(taken.nonce))
    if isinstance(latest, Unknown):
        return True
    number, nonce = latest

    async def compare(session: AsyncSession) -> bool:
        return await compare_with_latest(session, number, UUID(nonce))

    if (number, UUID(nonce)) == (taken.number, taken.nonce):
        return True
    current = await database.run(compare)
    if not current:
        log.error("books_behind", ours=taken.number, latest=number)
    return current


async def books_notices(database: Database) -> list[str]:
    """The notices about the books from a worker that is ready; none while they are current."""
    async with database.transaction() as session:
        since = await behind_since(session)
    return [] if since is None else [behind_words(since)]
