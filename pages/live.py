"""News by server-sent events (HTML standard, 9.2): one word that a page is out of date; it then asks for itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

from starlette.responses import Response, StreamingResponse

LOOK_EVERY_S: Final = 0.5
BREATH_EVERY: Final = 20  # looks between two comments, so that proxies keep the connection
LOOKS: Final = 110  # a minute, then the browser comes again: no connection outlives its session for long
RETRY_MS: Final = 1000
MAX_FOLLOWERS: Final = 500  # of one program; who finds no room looks again by a timer

_followers = 0


def follow(look: Callable[[], Awaitable[str]], seen: str) -> Response:
    """A stream that says `change` once `look` tells another version than `seen`; 503 when there is no room."""
    if _followers >= MAX_FOLLOWERS:
        return Response(status_code=503, headers={"Retry-After": "5"})
    return StreamingResponse(_stream(look, seen), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


async def _stream(look: Callable[[], Awaitable[str]], seen: str) -> AsyncIterator[str]:
    global _followers  # noqa: PLW0603  # one count per program is what the limit is about
    _followers += 1
    try:
        yield f"retry: {RETRY_MS}\n\n"
        for number in range(LOOKS):
            if await look() != seen:
                yield "event: change\ndata: 1\n\n"
                return
            if number % BREATH_EVERY == 0:
                yield ": still here\n\n"
            await asyncio.sleep(LOOK_EVERY_S)
    finally:
        _followers -= 1
