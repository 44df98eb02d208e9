"""What every page is sent with, and what every form must prove: that it came from one of our own pages."""

from __future__ import annotations

import hmac
from typing import Final

from starlette.requests import Request

from domain.errors import Forbidden

CONTENT_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    # A checkout link is a secret: it must not travel on in a Referer. With `no-referrer` our forms have no Origin.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cache-Control": "no-store",
}


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
