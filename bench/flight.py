"""Bounded concurrency."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

T = TypeVar("T")

BEGUN_AT_ONCE = 8  # deals, before a round


async def in_flight(things: Sequence[T], at_once: int, do: Callable[[T], Awaitable[None]]) -> None:
    """Does each thing once, in order, at most `at_once` at a time; the first failure ends all."""
    rest = iter(things)

    async def lane() -> None:
        for thing in rest:
            await do(thing)

    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(lane())
