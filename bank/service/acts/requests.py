"""The journal of write requests: one row each when it arrives and when it is answered, whatever becomes of its work.

Each entry is a statement of its own, committed at once: a rollback of the request's transaction cannot undo it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, TextClause, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.acts.behaviours import draw_for_request
from bank.service.models import RequestRow
from bank.service.rules.behaviours import Drawn
from edge.database import Database

MAX_ROWS: Final = 1000  # of one key; nobody repeats a request that often in earnest

_RECEIVED: Final = text("""
WITH received AS (
    INSERT INTO requests (caller, key, step, bank_id) VALUES (:caller, :key, :step, :bank_id) RETURNING id
)
SELECT received.id, coalesce(b.rules <> '[]', false) AS ruled,
    CASE WHEN b.steps = '{}' OR :step = ANY (b.steps) THEN b.slow_ms ELSE 0 END AS slow_ms
FROM received LEFT JOIN behaviours b ON b.bank_id = :bank_id
""")

# Whether the answer is lost and what the journal says about it are decided in one statement.
_ANSWERED: Final = text("""
WITH lost AS (
    UPDATE behaviours SET lose_replies = lose_replies - 1
    WHERE bank_id = :bank_id AND lose_replies > 0 AND (steps = '{}' OR :step = ANY (steps))
    RETURNING bank_id
)
UPDATE requests
SET answered_at = CASE WHEN :lost OR EXISTS (SELECT FROM lost) THEN NULL ELSE clock_timestamp() END,
    status = CASE WHEN :lost OR EXISTS (SELECT FROM lost) THEN NULL ELSE CAST(:status AS smallint) END
WHERE id = :id
RETURNING answered_at IS NULL AS lost
""")


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request in the journal: its number, how late its bank is told to be, and what it meets there."""

    number: int
    delay_s: float
    drawn: Drawn


async def received(database: Database, caller: str, key: str, step: str, bank_id: int | None) -> Arrival:
    """Notes a request and draws what it meets at a bank with rules."""
    row = await _at_once(database, _RECEIVED, {"caller": caller, "key": key, "step": step, "bank_id": bank_id})
    drawn = Drawn()
    if row.ruled and bank_id is not None:
        drawn = await database.run(lambda session: draw_for_request(session, bank_id, step))
    return Arrival(row.id, (row.slow_ms or 0) / 1000 + drawn.delay_s, drawn)


async def answered(
    database: Database, number: int, step: str, bank_id: int | None, status: int, *, lost: bool = False
) -> bool:
    """Notes the answer; returns whether the bank's behaviour loses it instead, as `lost` says or its budget."""
    values = {"id": number, "step": step, "bank_id": bank_id, "status": status, "lost": lost}
    row = await _at_once(database, _ANSWERED, values)
    return bool(row.lost)


async def bank_asked(session: AsyncSession, caller: str, key: str) -> int | None:
    """The bank that the caller's last request with this key was for; None when there was none, or it was for none."""
    mine = select(RequestRow.bank_id).where(RequestRow.key == key, RequestRow.caller == caller)
    bank_id: int | None = await session.scalar(mine.order_by(RequestRow.id.desc()).limit(1))
    return bank_id


async def list_requests(session: AsyncSession, key: str) -> Sequence[RequestRow]:
    """Every arrival of a request with this idempotency key, oldest first."""
    statement = select(RequestRow).where(RequestRow.key == key).order_by(RequestRow.id).limit(MAX_ROWS)
    return (await session.scalars(statement)).all()


async def _at_once(database: Database, statement: TextClause, values: dict[str, Any]) -> Row[Any]:
    engine = database.engine.execution_options(isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        return (await connection.execute(statement, values)).one()
