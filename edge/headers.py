"""Headers that restrict what browsers do with an answer, on every answer, our own failures included."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_Raw = tuple[bytes, bytes]

# For answers to programs: a browser shows them as text, in no frame, and stores nothing.
FOR_PROGRAMS: Final = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
# The API documentation starts its script from within the page, which contains nobody's data.
_DOCUMENTATION: Final = FOR_PROGRAMS | {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    )
}
_STRICT_TRANSPORT: Final = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")


class SafeHeaders:
    """ASGI: adds those of `headers` that an answer lacks, and HSTS when the request came by https.

    Must be outermost: the answer to an unforeseen failure is made outside the application's middlewares.
    """

    def __init__(self, app: ASGIApp, headers: Mapping[str, str] = FOR_PROGRAMS) -> None:
        self._app = app
        self._headers = _raw(headers.items())
        self._of_documentation = _raw(_DOCUMENTATION.items()) if headers is FOR_PROGRAMS else self._headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        wanted = self._of_documentation if scope["path"].startswith("/docs") else self._headers
        if scope.get("scheme") == "https":
            wanted = (*wanted, _STRICT_TRANSPORT)

        async def safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = list(message.get("headers", ()))
                names = {name.lower() for name, _ in given}
                message["headers"] = [*given, *(one for one in wanted if one[0] not in names)]
            await send(message)

        await self._app(scope, receive, safely)


def _raw(headers: Iterable[tuple[str, str]]) -> tuple[_Raw, ...]:
    return tuple((name.lower().encode(), value.encode()) for name, value in headers)
