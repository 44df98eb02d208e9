"""Lists in pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeVar

T = TypeVar("T")

PAGE_SIZE: Final = 50
MAX_PAGE_SIZE: Final = 200  # a page of deals with their payments takes less than a second and a megabyte


def page(rows: Sequence[T], limit: int) -> tuple[Sequence[T], T | None]:
    """One page out of `limit + 1` requested rows, and the row after which the next page begins, if there is one."""
    shown = rows[:limit]
    return shown, shown[-1] if len(rows) > limit else None
