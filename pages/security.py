"""What every page is sent with, and what every form must prove: that it came from one of our own pages."""

from __future__ import annotations

import hmac
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from domain.errors import Forbidden

CONTENT_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS: Final = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    # A checkout link is a secret: it must not travel on in a Referer. With `no-referrer` our forms have no Origin.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
_STRICT_TRANSPORT: Final = "max-age=31536000; includeSubDomains"


class SafeHeaders:
    """ASGI middleware: the headers above on every answer, HSTS where the browser came by https."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
                if scope.get("scheme") == "https":
                    headers["Strict-Transport-Security"] = _STRICT_TRANSPORT
            await send(message)

        await self._app(scope, receive, safely if scope["type"] == "http" else send)


def came_from_our_page(request: Request, given: str, expected: str) -> None:
    """Refuses (`Forbidden` foreign_form) a form of another site, by what the browser says of it and by its token.

    `given` is the token in the form, `expected` the one that belongs to the visitor's cookie.
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    ours = f"{request.url.scheme}://{request.headers.get('host', '')}"
    foreign = site not in (None, "same-origin", "none") or (origin not in (None, ours))
    if foreign or not hmac.compare_digest(given.encode(errors="replace"), expected.encode()):
        raise Forbidden("foreign_form", "This form is too old, or came from another site. Open the page again.")
