"""News by server-sent events (HTML standard, 9.2): one word that a page is out of date; it then asks for itself."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

LOOK_EVERY_S: Final = 0.5
BREATH_EVERY: Final = 20  # looks between two comments, so that proxies keep the connection
LOOKS: Final = 110  # a minute, then the browser comes again: no connection outlives its session for long
RETRY_MS: Final = 1000
MAX_FOLLOWERS: Final = 500  # of one program; who finds no room looks again by a timer
MAX_OF_VISITOR: Final = 10  # as many pages as one may well have open, on all his devices

_followers: Counter[str] = Counter()


def follow(look: Callable[[], Awaitable[str]], seen: str, visitor: str) -> Response:
    """A stream that says `change` once `look` tells another version than `seen`; 503 when there is no room.

    `visitor` is whose stream it is: nobody takes the room of others.
    """
    return _News(_stream(look, seen), visitor)


class _News(StreamingResponse):
    """Takes its room at the very moment when it is let in, and gives it back however it ends."""

    def __init__(self, said: AsyncIterator[str], visitor: str) -> None:
        super().__init__(said, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
        self._visitor = visitor

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if _followers.total() >= MAX_FOLLOWERS or _followers[self._visitor] >= MAX_OF_VISITOR:
            await Response(status_code=503, headers={"Retry-After": "5"})(scope, receive, send)
            return
        _followers[self._visitor] += 1
        try:
            await super().__call__(scope, receive, send)
        finally:
            _followers[self._visitor] -= 1
            if not _followers[self._visitor]:
                del _followers[self._visitor]


async def _stream(look: Callable[[], Awaitable[str]], seen: str) -> AsyncIterator[str]:
    yield f"retry: {RETRY_MS}\n\n"
    for number in range(LOOKS):
        if await look() != seen:
            yield "event: change\ndata: 1\n\n"
            return
        if number % BREATH_EVERY == 0:
            yield ": still here\n\n"
        await asyncio.sleep(LOOK_EVERY_S)
