"""Links back to our own pages that arrive as input."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

MAX_CHARS: Final = 2000


def local(url: str, otherwise: str = "/") -> str:
    """`url` if it leads to one of our own pages, else `otherwise`: never redirects to another site."""
    if not url.startswith("/") or not url.isprintable() or "\\" in url or len(url) >= MAX_CHARS:
        return otherwise
    try:
        parts = urlsplit(url)
    except ValueError:  # an address that cannot be parsed, such as `//[`
        return otherwise
    return otherwise if parts.scheme or parts.netloc or url.startswith("//") else url
