"""Requests that are slow or silent on purpose, and how the end of the program wakes them."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

from starlette.types import Receive

SILENT_AT_MOST_S: Final = 3600.0  # a caller without a time-out is disconnected after an hour


class Stopping:
    """Set once when the program is to end; wakes requests that are slow or silent on purpose."""

    def __init__(self) -> None:
        self._set = asyncio.Event()

    def set(self) -> None:
        self._set.set()

    async def within(self, seconds: float) -> bool:
        """Waits `seconds`; true when the program is to end."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._set.wait(), seconds)
        return self._set.is_set()


async def stay_silent(receive: Receive, stopping: Stopping) -> None:
    """Returns when the client has given up, or the program is to end."""
    gone = asyncio.create_task(_disconnected(receive))
    ended = asyncio.create_task(stopping.within(SILENT_AT_MOST_S))
    await asyncio.wait({gone, ended}, return_when=asyncio.FIRST_COMPLETED)
    for task in (gone, ended):
        task.cancel()
    await asyncio.gather(gone, ended, return_exceptions=True)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
