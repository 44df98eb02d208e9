"""Statements of the platform's accounts at banks: what has come is booked, and the place of reading moves behind it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from domain.incoming_transfers import Arrival, Cursor
from market.acts import Outcome
from market.incoming_transfers import Recorded, record
from market.liquidity import bank_of_guarantee
from store.banks.statement_reads import make_due, note_success
from store.chain.cursors import cursor_of


def network_of(bank_id: int) -> str:
    """The name of a bank's statement among the sources that are read."""
    return f"bank/{bank_id}"


async def place_of(session: AsyncSession, bank_id: int) -> int | None:
    """The number of the last entry of the bank's statement that is booked, 0 for none; None: never read."""
    cursor = await cursor_of(session, network_of(bank_id))
    return None if cursor is None else cursor.block


async def book_page(
    session: AsyncSession,
    bank_id: int,
    place: int | None,
    arrivals: Sequence[Arrival],
    last: tuple[int, str] | None,
    known_until: datetime,
    *,
    more: bool,
) -> Outcome[Recorded]:
    """Books one page of a statement that was read from `place`, as `place_of` gives it.

    `last` is number and key of its last entry, None for an empty page. Everything that the bank has booked up to
    `known_until` is on it or before. Raises as `market.incoming_transfers.record`.
    """
    number, key = last or (place or 0, None)
    network = network_of(bank_id)
    if key is None:
        cursor = await cursor_of(session, network)
        key = "" if cursor is None else cursor.block_id
    to = Cursor(network, block=number, block_id=key, block_time=known_until, previous_block=place)
    recorded = await record(session, arrivals, to)
    await note_success(session, bank_id, more=more)
    return recorded


async def record_news(session: AsyncSession, account: str) -> int | None:
    """A bank reports that money came to the platform's `account`: its statement is read now. The bank, if it is one."""
    bank_id = await bank_of_guarantee(session, account)
    if bank_id is not None:
        await make_due(session, bank_id)
    return bank_id
