"""How each bank misbehaves, kept in the database so that a restart does not make it well-behaved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.acts.banks import known_bank
from bank.service.faults.rules import ASK, Drawn, Rule, draw
from bank.service.models import Behaviour, RequestRow
from bank.service.requests.gate import Arrived
from edge.database import Database

# One statement decides whether the answer is lost and what the journal says about it.
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


async def set_behaviour(
    session: AsyncSession,
    bank_id: int,
    slow_ms: int,
    lose_replies: int,
    steps: Sequence[str],
    seed: int = 0,
    rules: Sequence[Rule] = (),
) -> None:
    """Replaces the bank's behaviour from the next request on, which is the first; raises `NotFound` `unknown_bank`."""
    await known_bank(session, bank_id)
    values = {
        "slow_ms": slow_ms,
        "lose_replies": lose_replies,
        "steps": list(steps),
        "seed": seed,
        "drawn": 0,
        "rules": list(rules),
    }
    statement = insert(Behaviour).values(bank_id=bank_id, **values)
    await session.execute(statement.on_conflict_do_update(index_elements=["bank_id"], set_=values))


async def behaviour(session: AsyncSession, bank_id: int) -> Behaviour:
    """The bank's behaviour now; raises `NotFound` `unknown_bank`."""
    await known_bank(session, bank_id)
    found = await behaviour_of(session, bank_id)
    return found or Behaviour(bank_id=bank_id, slow_ms=0, lose_replies=0, steps=[], seed=0, drawn=0, rules=[])


async def behaviour_of(session: AsyncSession, bank_id: int) -> Behaviour | None:
    """None for a bank without fault rules."""
    return await session.get(Behaviour, bank_id)


async def draw_for_request(session: AsyncSession, bank_id: int, step: str) -> Drawn:
    """What the bank's next request meets at `step`. The row's lock makes numbers and budgets exact."""
    row = await session.scalar(select(Behaviour).where(Behaviour.bank_id == bank_id).with_for_update(key_share=True))
    if row is None:
        return Drawn()
    row.drawn += 1
    drawn, left = draw(row.rules, row.seed, row.drawn, step)
    if left != row.rules:
        row.rules = [dict(rule) for rule in left]
    await session.flush()
    return drawn


async def misbehaves_when_asked(session: AsyncSession, bank_id: int) -> bool:
    """Whether a rule of the bank applies to questions; otherwise they do not count as requests."""
    asked = Behaviour.rules.contains([{"steps": [ASK]}])
    return await session.scalar(select(Behaviour.bank_id).where(Behaviour.bank_id == bank_id, asked)) is not None


async def bank_asked(session: AsyncSession, caller: str, key: str) -> int | None:
    """The bank that the caller's last request with this key was for; None when there was none, or it was for none."""
    mine = select(RequestRow.bank_id).where(RequestRow.key == key, RequestRow.caller == caller)
    bank_id: int | None = await session.scalar(mine.order_by(RequestRow.id.desc()).limit(1))
    return bank_id


async def answered(database: Database, arrived: Arrived, status: int, *, lose: bool) -> bool:
    """Records the answer; returns whether it is lost instead, by `lose` or by the bank's budget of lost answers."""
    step = arrived.step
    return bool(await database.at_once(_ANSWERED, step.bank_id, step.name, arrived.number, status, lose))
