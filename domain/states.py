"""A state machine: in which states a row begins, and by which moves its state changes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

BEGINNING = ""
"""What a move starts from when the row is made."""


@dataclass(frozen=True, slots=True)
class Machine:
    """The rules for the state of one table. The database refuses every other move (`store/migrate.py`)."""

    beginnings: Collection[StrEnum]
    transitions: Collection[tuple[StrEnum, StrEnum]]

    @property
    def moves(self) -> set[tuple[str, str]]:
        """Every move that is allowed, those from `BEGINNING` included."""
        return {(BEGINNING, str(state)) for state in self.beginnings} | {
            (str(before), str(after)) for before, after in self.transitions
        }
