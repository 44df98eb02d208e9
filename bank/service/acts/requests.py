"""The journal of write requests: one row each when it arrives and when it is answered, whatever becomes of its work.

Each entry is a statement of its own, committed at once: a rollback of the request's transaction cannot undo it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Row, TextClause, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.models import RequestRow
from edge.database import Database

MAX_ROWS: Final = 1000  # of one key; nobody repeats a request that often in earnest

_RECEIVED: Final = text("""
WITH received AS (
    INSERT INTO requests (caller, key, step, bank_id) VALUES (:caller, :key, :step, :bank_id) RETURNING id
)
SELECT received.id, coalesce(b.slow_ms, 0) AS slow_ms
FROM received LEFT JOIN behaviours b ON b.bank_id = :bank_id AND (b.steps = '{}' OR :step = ANY (b.steps))
""")

# Whether the answer is lost and what the journal says about it are decided in one statement.
_ANSWERED: Final = text("""
WITH lost AS (
    UPDATE behaviours SET lose_replies = lose_replies - 1
    WHERE bank_id = :bank_id AND lose_replies > 0 AND (steps = '{}' OR :step = ANY (steps))
    RETURNING bank_id
)
UPDATE requests
SET answered_at = CASE WHEN EXISTS (SELECT FROM lost) THEN NULL ELSE clock_timestamp() END,
    status = CASE WHEN EXISTS (SELECT FROM lost) THEN NULL ELSE CAST(:status AS smallint) END
WHERE id = :id
RETURNING answered_at IS NULL AS lost
""")


async def received(database: Database, caller: str, key: str, step: str, bank_id: int | None) -> tuple[int, int]:
    """Notes a request; returns its number in the journal and by how many milliseconds its bank is slow."""
    row = await _at_once(database, _RECEIVED, {"caller": caller, "key": key, "step": step, "bank_id": bank_id})
    return row.id, row.slow_ms


async def answered(database: Database, number: int, step: str, bank_id: int | None, status: int) -> bool:
    """Notes the answer; returns whether the bank's behaviour loses it instead."""
    row = await _at_once(database, _ANSWERED, {"id": number, "step": step, "bank_id": bank_id, "status": status})
    return bool(row.lost)


async def list_requests(session: AsyncSession, key: str) -> Sequence[RequestRow]:
    """Every arrival of a request with this idempotency key, oldest first."""
    statement = select(RequestRow).where(RequestRow.key == key).order_by(RequestRow.id).limit(MAX_ROWS)
    return (await session.scalars(statement)).all()


async def _at_once(database: Database, statement: TextClause, values: dict[str, Any]) -> Row[Any]:
    engine = database.engine.execution_options(isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        return (await connection.execute(statement, values)).one()
