"""Figures that operators watch: how many, how old, how much; each is read from a database by one statement.

Only what is open is read, so that a figure costs no more in a market that has grown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True, slots=True)
class Figure:
    """A gauge: its name with its unit, what it says, and the names of its labels."""

    name: str
    says: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """The values of a figure now, each with the values of its labels. No value: there is nothing of the kind."""

    figure: Figure
    values: Sequence[tuple[tuple[str, ...], float]]


def reading(figure: Figure, value: float) -> Reading:
    """The only value of a figure without labels."""
    return Reading(figure, [((), value)])


async def read(session: AsyncSession, figure: Figure, statement: str) -> Reading:
    """By a statement whose columns are the labels, in their order, then the value; a value of NULL is left out."""
    rows = await session.execute(text(statement))
    return Reading(figure, [(tuple(map(str, row[:-1])), float(row[-1])) for row in rows if row[-1] is not None])
