"""API keys: 256 random bits behind a public prefix; only a keyed hash is stored."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

_KIND = re.compile(r"[a-z]{1,16}", re.ASCII)
_SECRET = re.compile(r"hf_[a-z]{1,16}_([0-9a-f]{12})_[A-Za-z0-9_-]{43}", re.ASCII)


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """`secret` is shown to its owner once and never stored; `prefix` identifies the key in lists and logs."""

    secret: str
    prefix: str

    def __repr__(self) -> str:
        return f"NewApiKey(prefix={self.prefix!r})"


def new_api_key(kind: str) -> NewApiKey:
    """A new key `hf_<kind>_<prefix>_<256 random bits, base64url>`; `kind` is 1 to 16 lower-case letters."""
    if not _KIND.fullmatch(kind):
        raise ValueError("kind must be 1 to 16 lower-case ASCII letters")
    prefix = secrets.token_hex(6)
    return NewApiKey(f"hf_{kind}_{prefix}_{secrets.token_urlsafe(32)}", prefix)


def digest(secret: str, pepper: bytes) -> bytes:
    """HMAC-SHA256 of the whole secret, 32 bytes; compare with `hmac.compare_digest`."""
    return hmac.new(pepper, b"api-key\0" + secret.encode(), hashlib.sha256).digest()


def prefix_of(secret: str) -> str | None:
    """The prefix of a well-formed secret, else None."""
    match = _SECRET.fullmatch(secret)
    return match[1] if match else None
