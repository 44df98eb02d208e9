"""Checkpoints of books: they show a marketplace that its restored database was once further ahead."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.models import Checkpoint


async def note_checkpoint(session: AsyncSession, caller: str, books: UUID, number: int, nonce: UUID) -> Checkpoint:
    """Stores the caller's checkpoint if it is later than the known one, and returns the latest known one."""
    noted = insert(Checkpoint).values(caller=caller, books=books, number=number, nonce=nonce)
    latest = noted.on_conflict_do_update(
        index_elements=[Checkpoint.caller, Checkpoint.books],
        set_={"number": number, "nonce": nonce, "noted_at": func.clock_timestamp()},
        where=Checkpoint.number < number,
    )
    await session.execute(latest)
    known = select(Checkpoint).where(Checkpoint.caller == caller, Checkpoint.books == books)
    known = known.execution_options(populate_existing=True)
    return (await session.scalars(known)).one()
