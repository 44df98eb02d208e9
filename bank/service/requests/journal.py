"""The journal of write requests: a row for each, with arrival and answer, independent of its work.

Each entry is a separate statement, committed at once: a rollback of the request's transaction cannot undo it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.models import RequestRow
from bank.service.requests.gate import Step
from bank.service.requests.keys import bad_api_key, scope_missing
from edge import api_keys
from edge.database import Database

MAX_ROWS: Final = 1000  # of one key; no real caller repeats a request that often

_ARRIVE: Final = "SELECT arrive($1, $2, $3, $4, $5, $6)"
_ANSWERED: Final = "UPDATE requests SET answered_at = clock_timestamp(), status = $2 WHERE id = $1 RETURNING id"


async def arrive(database: Database, secret: str, pepper: bytes, scope: str, key: str, step: Step) -> tuple[str, int]:
    """Looks up the API key and records the request: its caller, and its number in the journal.

    Raises `Unauthenticated` and `Forbidden` `scope_missing`: then nothing is recorded.
    """
    values = (api_keys.prefix_of(secret), api_keys.digest(secret, pepper), scope, key, step.name, step.bank_id)
    caller, number = await database.at_once(_ARRIVE, *values)
    if caller is None:
        raise bad_api_key()
    if number is None:
        raise scope_missing(scope)
    return caller, number


async def answered(database: Database, number: int, status: int) -> None:
    """Records the answer."""
    await database.at_once(_ANSWERED, number, status)


async def list_requests(session: AsyncSession, key: str) -> Sequence[RequestRow]:
    """Every arrival of a request with this idempotency key, oldest first."""
    statement = select(RequestRow).where(RequestRow.key == key).order_by(RequestRow.id).limit(MAX_ROWS)
    return (await session.scalars(statement)).all()
