"""Deferred answers: 202 first, with a webhook or without; withheld for a while; or permanently false."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.acts.webhooks import in_seconds, swapped
from bank.service.faults.rules import Rule
from bank.service.models import ANSWERS, FalseAnswer, Webhook, WithheldAnswer
from bank.service.rules.webhooks import SWAPPED_AT_MOST_S
from edge.idempotency import Answer


async def accept(
    session: AsyncSession, bank_id: int, caller: str, key: str, operation: str | None, status: str, rule: Rule
) -> list[int]:
    """Records an answer that is preceded by a 202; returns webhooks to deliver now."""
    if rule["withhold_s"] > 0:
        until = in_seconds(rule["withhold_s"])
        withholding = insert(WithheldAnswer).values(caller=caller, key=key, operation=operation, until=until)
        await session.execute(withholding.on_conflict_do_nothing())
    kind, wait_s = rule["webhook"], rule["late_s"] if rule["webhook"] == "late" else 0.0
    if kind == "never":
        return []
    if kind == "swapped" and await session.scalar(swapped(bank_id).limit(1)):
        kind = "on_time"  # this is the next one, which overtakes
    if kind == "swapped":
        wait_s = rule["late_s"] or SWAPPED_AT_MOST_S
    values: dict[str, Any] = {
        "bank_id": bank_id,
        "caller": caller,
        "key": key,
        "operation": operation,
        "status": status,
        "swapped": kind == "swapped",
        "created_at": await session.scalar(select(func.clock_timestamp())),  # copies of a message are equal
        "due_at": in_seconds(wait_s),
    }
    copies = 2 if kind == "twice" else 1
    made = await session.scalars(insert(Webhook).values([values] * copies).returning(Webhook.id))
    numbers = list(made)
    return numbers if kind in ("on_time", "early", "twice") else []


async def is_stored(session: AsyncSession, caller: str, key: str, answer: Answer) -> bool:
    """Whether `answer` equals the stored one, except for secrets, which are returned but not stored."""
    found = select(ANSWERS.c.status, ANSWERS.c.body).where(ANSWERS.c.caller == caller, ANSWERS.c.key == key)
    row = (await session.execute(found)).one_or_none()
    return row is not None and row.status == answer.status and row.body.items() <= answer.body.items()


async def withheld(session: AsyncSession, caller: str, key: str) -> WithheldAnswer | None:
    """The answer to this key while it is withheld."""
    found = select(WithheldAnswer).where(WithheldAnswer.caller == caller, WithheldAnswer.key == key)
    return await session.scalar(found.where(WithheldAnswer.until > func.clock_timestamp()))


async def falsify(session: AsyncSession, caller: str, key: str) -> None:
    """From now on questions about this key, and repeats of the request, get a wrong amount."""
    await session.execute(insert(FalseAnswer).values(caller=caller, key=key).on_conflict_do_nothing())


async def is_false(session: AsyncSession, caller: str, key: str) -> bool:
    """Whether the answer to this key has a wrong amount."""
    return await session.get(FalseAnswer, (caller, key)) is not None
