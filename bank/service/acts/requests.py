"""The journal of write requests: one row each when it arrives and when it is answered, whatever becomes of its work.

Each entry is a statement of its own, committed at once: a rollback of the request's transaction cannot undo it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.gate import Step
from bank.service.models import RequestRow
from edge.database import Database

MAX_ROWS: Final = 1000  # of one key; nobody repeats a request that often in earnest

_RECEIVED: Final = "INSERT INTO requests (caller, key, step, bank_id) VALUES ($1, $2, $3, $4) RETURNING id"
_ANSWERED: Final = "UPDATE requests SET answered_at = clock_timestamp(), status = $2 WHERE id = $1 RETURNING id"


async def received(database: Database, caller: str, key: str, step: Step) -> int:
    """Notes a request; its number in the journal."""
    number: int = await database.at_once(_RECEIVED, caller, key, step.name, step.bank_id)
    return number


async def answered(database: Database, number: int, status: int) -> None:
    """Notes the answer."""
    await database.at_once(_ANSWERED, number, status)


async def list_requests(session: AsyncSession, key: str) -> Sequence[RequestRow]:
    """Every arrival of a request with this idempotency key, oldest first."""
    statement = select(RequestRow).where(RequestRow.key == key).order_by(RequestRow.id).limit(MAX_ROWS)
    return (await session.scalars(statement)).all()
