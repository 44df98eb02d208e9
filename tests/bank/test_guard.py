"""The guard before a client program of banks: when it is not called, and what ends that."""

from __future__ import annotations

import asyncio

import pytest

from bank.guard import AWAY, BUSY, DISABLED, FAILURES, FIRST_PAUSE_S, LONGEST_PAUSE_S, Guard, NotCalled


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


async def call(guard: Guard, *, answered: bool) -> str | None:
    """What became of a call: None when it was made, else why not."""
    try:
        async with guard.place():
            guard.note(answered=answered)
    except NotCalled as why:
        return str(why)
    return None


async def test_a_program_that_fails_ten_times_in_a_row_is_left_alone_and_then_tried_by_one_call() -> None:
    clock = Clock()
    guard = Guard("unit", 5, now_s=clock)
    for _ in range(FAILURES - 1):
        assert await call(guard, answered=False) is None
    assert await call(guard, answered=True) is None
    for _ in range(FAILURES):
        assert await call(guard, answered=False) is None
    assert await call(guard, answered=True) == AWAY
    clock.now_s += FIRST_PAUSE_S
    async with guard.place():
        assert await call(guard, answered=True) == AWAY, "one tries, and no other beside it"
        guard.note(answered=True)
    assert await call(guard, answered=True) is None


async def test_each_try_in_vain_makes_the_next_pause_longer_up_to_a_limit() -> None:
    clock = Clock()
    guard = Guard("unit", 5, now_s=clock)
    for _ in range(FAILURES):
        await call(guard, answered=False)
    pauses = []
    for _ in range(4):
        pause_s = 0.0
        while await call(guard, answered=False) == AWAY:
            clock.now_s += 1.0
            pause_s += 1.0
        pauses.append(pause_s)
    assert pauses == [FIRST_PAUSE_S, 2 * FIRST_PAUSE_S, 4 * FIRST_PAUSE_S, LONGEST_PAUSE_S]


async def test_calls_beyond_the_limit_are_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bank.guard.PLACE_WITHIN_S", 0.0)
    guard = Guard("unit", 1)
    async with guard.place():
        assert await call(guard, answered=True) == BUSY
    assert await call(guard, answered=True) is None


async def test_a_call_that_is_cancelled_leaves_its_place() -> None:
    guard, begun = Guard("unit", 1), asyncio.Event()

    async def hang() -> None:
        async with guard.place():
            begun.set()
            await asyncio.Event().wait()

    hanging = asyncio.create_task(hang())
    await begun.wait()
    hanging.cancel()
    await asyncio.gather(hanging, return_exceptions=True)
    assert guard.running == 0
    assert await call(guard, answered=True) is None


async def test_a_disabled_program_is_never_called() -> None:
    assert await call(Guard("unit", 1, disabled=True), answered=True) == DISABLED
