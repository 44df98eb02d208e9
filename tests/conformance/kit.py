"""What every bank adapter must do: one case per promise, run by `for case in CASES: await case(adapter)`.

A case makes accounts of its own, so that cases can share a bank, and asserts on what is on them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from tests.conformance.adapter import Adapter

Body = Callable[[Adapter], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Case:
    """One promise; `name` is its sentence."""

    name: str
    body: Body

    async def __call__(self, adapter: Adapter) -> None:
        """Raises AssertionError when the adapter breaks the promise."""
        await self.body(adapter)

    def __str__(self) -> str:
        return self.name


CASES: Final[list[Case]] = []


def case(body: Body) -> Case:
    """Adds a case to the kit; the function's name is its sentence."""
    made = Case(body.__name__, body)
    CASES.append(made)
    return made
