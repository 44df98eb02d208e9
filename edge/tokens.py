"""Access tokens: JWT (RFC 7519) with one algorithm and every claim required, signed by the first of several keys.

The database's clock decides whether a token has expired, in the statement that checks whether its grant is still valid.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

import jwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

ALGORITHM: Final = "HS256"  # one program signs and checks: there is no public key to publish
ISSUER: Final = "holdfast"
AUDIENCE: Final = "holdfast-api"
MAX_LENGTH: Final = 2_000
MAX_KNOWN: Final = 2_000  # tokens: a page or program comes again and again with the same one until it is over
_LAST_S: Final = 2**33 - 1  # in the year 2242; far beyond it the system's calendar fails unpredictably
_REQUIRED: Final = ["iss", "aud", "exp", "iat", "sub", "jti", "grant"]


@dataclass(frozen=True, slots=True)
class Claims:
    """The content of a token with our signature: its user, its grant and its expiry."""

    login_id: UUID
    grant_id: UUID
    issued_at: datetime
    expires_at: datetime


class Tokens:
    """`secrets_` are 32 bytes each: the first signs, all verify, so that a key can be replaced.

    Signing keys are derived from them (HKDF, RFC 5869): the keys that seal never sign.
    """

    def __init__(self, secrets_: Sequence[bytes]) -> None:
        derived = [_derive(secret) for secret in secrets_]
        self._keys = {_key_id(key): key for key in reversed(derived)}
        self._first = _key_id(derived[0])
        self._known = lru_cache(MAX_KNOWN)(self._read)

    def write(self, claims: Claims) -> str:
        """A token with this content, in whole seconds; no two are alike."""
        payload = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(claims.login_id),
            "grant": str(claims.grant_id),
            "iat": int(claims.issued_at.timestamp()),
            "exp": int(claims.expires_at.timestamp()),
            "jti": secrets.token_urlsafe(16),
        }
        return jwt.encode(payload, self._keys[self._first], algorithm=ALGORITHM, headers={"kid": self._first})

    def read(self, token: str) -> Claims | None:
        """The content of one of our tokens, expired or not; None for any other text."""
        return self._known(token) if len(token) <= MAX_LENGTH else None

    def _read(self, token: str) -> Claims | None:
        try:
            key = self._keys.get(_named_key(token) or "")
            if key is None:
                return None
            return _claims(jwt.decode(token, key, [ALGORITHM], _OPTIONS, audience=AUDIENCE, issuer=ISSUER))
        except (jwt.InvalidTokenError, ValueError, OverflowError, RecursionError):
            return None


_OPTIONS: Final[Any] = {
    "require": _REQUIRED,
    "strict_aud": True,
    # By the database's clock, in `store.people.grants.person_granted`.
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
}


def looks_like_token(secret: str) -> bool:
    """Whether the text is to be read as a token: API keys have no dots, tokens two."""
    return secret.count(".") == 2


def _claims(payload: dict[str, Any]) -> Claims:
    issued, expires = payload["iat"], payload["exp"]
    if not isinstance(issued, int) or not isinstance(expires, int):
        raise ValueError("times are whole seconds")
    if not 0 <= issued <= _LAST_S or not 0 <= expires <= _LAST_S:
        raise ValueError("a time that no calendar has")
    return Claims(
        login_id=UUID(payload["sub"]),
        grant_id=UUID(payload["grant"]),
        issued_at=datetime.fromtimestamp(issued, UTC),
        expires_at=datetime.fromtimestamp(expires, UTC),
    )


def _named_key(token: str) -> str | None:
    """The id of the key that a token claims to be signed with. The library would take the whole token apart for it."""
    head = token.partition(".")[0]
    header = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    kid = header.get("kid") if isinstance(header, dict) else None
    return kid if isinstance(kid, str) else None


def _derive(secret: bytes) -> bytes:
    return HKDF(hashes.SHA256(), length=32, salt=None, info=b"holdfast access tokens").derive(secret)


def _key_id(key: bytes) -> str:
    return hashlib.sha256(b"token-key-id\0" + key).hexdigest()[:16]
