"""Protects pages and administration against other sites: the origin of a form, and what browsers may do."""

from __future__ import annotations

from typing import Final

from starlette.datastructures import Headers
from starlette.types import Scope

HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    # A checkout link is a secret and must not leave in a Referer. With `no-referrer` our forms have no Origin.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cache-Control": "no-store",
}
"""For every answer; each front adds its own content policy."""


def is_own_form(scope: Scope) -> bool | None:
    """Whether a request comes from a page of this site, by Sec-Fetch-Site (Fetch Metadata) and Origin.

    False: from another site. None: the client says neither, so something else must prove it.
    """
    headers = Headers(scope=scope)
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    own = f"{scope['scheme']}://{headers.get('host', '')}"
    if site not in (None, "same-origin", "none") or origin not in (None, own):
        return False
    return True if site == "same-origin" or origin is not None else None
