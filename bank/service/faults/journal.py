"""The end of a write request in the journal, at a bank that may lose its answer."""

from __future__ import annotations

from typing import Final

from bank.service.requests.gate import Arrived
from edge.database import Database

# Whether the answer is lost and what the journal says about it are decided in one statement.
_ANSWERED: Final = """
WITH lost AS (
    UPDATE behaviours SET lose_replies = lose_replies - 1
    WHERE bank_id = $1 AND lose_replies > 0 AND (steps = '{}' OR $2 = ANY (steps))
    RETURNING bank_id
)
UPDATE requests
SET answered_at = CASE WHEN $5 OR EXISTS (SELECT FROM lost) THEN NULL ELSE clock_timestamp() END,
    status = CASE WHEN $5 OR EXISTS (SELECT FROM lost) THEN NULL ELSE $4::smallint END
WHERE id = $3
RETURNING answered_at IS NULL
"""


async def answered(database: Database, arrived: Arrived, status: int, *, lose: bool) -> bool:
    """Notes the answer; returns whether it is lost instead, as `lose` says or the bank's budget of lost answers."""
    step = arrived.step
    return bool(await database.at_once(_ANSWERED, step.bank_id, step.name, arrived.number, status, lose))
