"""How each bank misbehaves, kept in the database so that a restart does not make it well-behaved."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.acts.banks import known_bank
from bank.service.models import Behaviour


async def set_behaviour(
    session: AsyncSession, bank_id: int, slow_ms: int, lose_replies: int, steps: Sequence[str]
) -> None:
    """Replaces the bank's behaviour from the next request on; raises `NotFound` `unknown_bank`."""
    await known_bank(session, bank_id)
    values = {"slow_ms": slow_ms, "lose_replies": lose_replies, "steps": list(steps)}
    statement = insert(Behaviour).values(bank_id=bank_id, **values)
    await session.execute(statement.on_conflict_do_update(index_elements=["bank_id"], set_=values))


async def behaviour(session: AsyncSession, bank_id: int) -> Behaviour:
    """The bank's behaviour now; raises `NotFound` `unknown_bank`."""
    await known_bank(session, bank_id)
    found = await session.get(Behaviour, bank_id)
    return found or Behaviour(bank_id=bank_id, slow_ms=0, lose_replies=0, steps=[])
