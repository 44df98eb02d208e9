"""What can go wrong with the rows of a market, as SQL past all triggers, and which checks must say so: exactly these.

`{payment: …}` and `{deal: …}` are ids of the world. The first check named is the one that the corruption is for.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Corruption:
    """`found_by` are all checks that report it, no more and no fewer."""

    name: str
    statements: tuple[str, ...]
    found_by: tuple[str, ...]

    @property
    def meant_for(self) -> str:
        return self.found_by[0]


def corrupt(name: str, *statements: str, by: str) -> Corruption:
    return Corruption(name, statements, tuple(by.split()))
