"""Bounds request bodies before anything parses them, whether or not they announce their length."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class BodyLimit:
    """ASGI middleware: answers `too_large` (413) once a body has more than `max_bytes`."""

    def __init__(self, app: ASGIApp, max_bytes: int, too_large: Response) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._too_large = too_large

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if _announced_bytes(scope) > self._max_bytes:
            await self._too_large(scope, receive, send)
            return
        seen_bytes = 0

        async def counted() -> Message:
            nonlocal seen_bytes
            message = await receive()
            seen_bytes += len(message.get("body", b""))
            if seen_bytes > self._max_bytes:
                # The one exception that the framework's body reading passes on unchanged.
                raise HTTPException(413, f"The body may have at most {self._max_bytes} bytes.")
            return message

        await self._app(scope, counted, send)


def _announced_bytes(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else 0
    return 0
