"""Keys and tokens of account accesses."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import Final

NONCE_BYTES: Final = 32


def new_access_key() -> str:
    """A new key: 80 random bits, never shown."""
    return f"access-{secrets.token_hex(10)}"


def new_nonce() -> bytes:
    return secrets.token_bytes(NONCE_BYTES)


def account_token(nonce: bytes, code: str, pepper: bytes) -> str:
    """The token (256 bits, base64url) that the normalised `code` was exchanged for.

    Derived from 256 random bits, the code and the pepper, of which the database has only the first: the identical
    request gets the identical token again, and stored data does not reveal it.
    """
    made = hmac.new(pepper, b"account-token\0" + nonce + code.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode()


def token_digest(token: str, pepper: bytes) -> bytes:
    """HMAC-SHA256 of a token, 32 bytes: this is stored and looked up."""
    return hmac.new(pepper, b"account-token-digest\0" + token.encode(), hashlib.sha256).digest()
