"""News by server-sent events (HTML standard, 9.2): one event says that a page is out of date; the page then reloads."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated, Final

from fastapi import Depends, Query
from fastapi.sse import ServerSentEvent
from starlette.exceptions import HTTPException

from pages.visit import Payer

LOOK_EVERY_S: Final = 0.5
LOOKS: Final = 110  # a minute, then the browser reconnects: no connection outlives its session for long
RETRY_MS: Final = 1000
MAX_FOLLOWERS: Final = 500  # of one program; a page that finds no room looks again by a timer
MAX_OF_VISITOR: Final = 10  # as many pages as one may well have open, on all their devices

Look = Callable[[], Awaitable[str]]
"""Returns the version of what a page shows, as it is now."""
Seen = Annotated[str, Query(max_length=100)]
"""The version that the page was made of."""

_followers: Counter[str] = Counter()


async def _room(known: Payer) -> AsyncIterator[None]:
    """Counts the stream while it lasts. 503 when the program or this visitor has too many."""
    visitor = str(known.visitor.user_id)
    if _followers.total() >= MAX_FOLLOWERS or _followers[visitor] >= MAX_OF_VISITOR:
        raise HTTPException(503, headers={"Retry-After": "5"})
    _followers[visitor] += 1
    try:
        yield
    finally:
        _followers[visitor] -= 1
        if not _followers[visitor]:
            del _followers[visitor]


Room = Depends(_room)


async def news(look: Look, seen: str) -> AsyncIterator[ServerSentEvent]:
    """A `change` once `look` returns another version than `seen`."""
    yield ServerSentEvent(retry=RETRY_MS)
    for _ in range(LOOKS):
        if await look() != seen:
            yield ServerSentEvent(event="change", data=1)
            return
        await asyncio.sleep(LOOK_EVERY_S)
