"""The signer's figures for alarms: what was signed in the last 24 hours, beside the limit; and what it answers."""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter
from sqlalchemy import text

from edge.database import Database
from edge.figures import Figure, Reading
from signer.service.rules import DAY, Limits, Purpose

ANSWERS: Final = Counter(
    "holdfast_signer_answers", "Requests to sign, by purpose and by what was answered.", ("purpose", "answer")
)
SIGNED: Final = "signed"
DAY_SIGNED: Final = Figure("holdfast_signer_day_minor", "What was signed in the last 24 hours.", ("purpose",))
DAY_LIMIT: Final = Figure("holdfast_signer_day_limit_minor", "What may be signed in 24 hours.", ("purpose",))
# By the index of a purpose's signatures: as many rows as a day has.
_DAY: Final = """
    SELECT coalesce(sum(amount_minor), 0) FROM signatures
    WHERE refusal IS NULL AND purpose = :purpose AND decided_at > clock_timestamp() - CAST(:day AS interval)
"""


async def signer_figures(database: Database, limits: Limits) -> list[Reading]:
    signed: list[tuple[tuple[str, ...], float]] = []
    most: list[tuple[tuple[str, ...], float]] = []
    async with database.reading() as session:
        for purpose in Purpose:
            minor = await session.scalar(text(_DAY), {"purpose": purpose, "day": DAY})
            signed.append(((purpose.value,), float(minor or 0)))
            limit = limits.of(purpose)
            if limit is not None:
                most.append(((purpose.value,), float(limit[1])))
    return [Reading(DAY_SIGNED, signed), Reading(DAY_LIMIT, most)]
