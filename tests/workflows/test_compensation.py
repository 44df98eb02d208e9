from __future__ import annotations

import pytest

from workflows.compensation import Compensations


async def test_everything_registered_is_undone_newest_first_and_once() -> None:
    undone: list[str] = []
    saga = Compensations()
    for name in ("reserve", "hold"):

        async def undo(name: str = name) -> None:
            undone.append(name)

        saga.register(name, undo)
        saga.register(name, undo)
    await saga.run()
    await saga.run()
    assert undone == ["hold", "reserve"]


async def test_an_undo_that_fails_stops_no_other_and_is_reported_by_name() -> None:
    undone: list[str] = []
    saga = Compensations()

    async def works() -> None:
        undone.append("reserve")

    async def fails() -> None:
        raise RuntimeError("no")

    saga.register("reserve", works)
    saga.register("hold", fails)
    with pytest.raises(ExceptionGroup) as failure:
        await saga.run()
    assert undone == ["reserve"]
    assert failure.value.exceptions[0].__notes__ == ["while undoing: hold"]
