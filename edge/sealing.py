"""Secrets at rest: AES-256-GCM (NIST SP 800-38D) with the purpose as associated data and key rotation."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_VERSION: Final = b"\x01"
_KEY_ID_BYTES: Final = 4
_NONCE_BYTES: Final = 12
_HEADER_BYTES: Final = 1 + _KEY_ID_BYTES + _NONCE_BYTES


class SealBroken(Exception):
    """The sealed bytes were changed, belong to another context, or were sealed with a key that we no longer have."""


class Sealer:
    """Seals with the first of `keys` (32 bytes each) and opens with any, so that a key can be replaced."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys or any(len(key) != 32 for key in keys):
            raise ValueError("at least one key is needed, each of 32 bytes")
        self._ciphers = {_key_id(key): AESGCM(key) for key in reversed(keys)}
        self._first = _key_id(keys[0])

    def seal(self, text: str, context: str) -> bytes:
        """`text` encrypted for `context` (such as `code/42`): version, key id, nonce, ciphertext and tag."""
        return self.seal_bytes(text.encode(), context)

    def open(self, sealed: bytes, context: str) -> str:
        """The text sealed for the same `context`; raises `SealBroken`."""
        return self.open_bytes(sealed, context).decode()

    def seal_bytes(self, data: bytes, context: str) -> bytes:
        """As `seal`, for what is no text."""
        nonce = os.urandom(_NONCE_BYTES)
        return _VERSION + self._first + nonce + self._ciphers[self._first].encrypt(nonce, data, context.encode())

    def open_bytes(self, sealed: bytes, context: str) -> bytes:
        """As `open`, for what is no text."""
        key_id, nonce = sealed[1 : 1 + _KEY_ID_BYTES], sealed[1 + _KEY_ID_BYTES : _HEADER_BYTES]
        cipher = self._ciphers.get(key_id)
        if sealed[:1] != _VERSION or cipher is None or len(nonce) != _NONCE_BYTES:
            raise SealBroken("unknown format or key")
        try:
            return cipher.decrypt(nonce, sealed[_HEADER_BYTES:], context.encode())
        except InvalidTag:
            raise SealBroken("changed, or sealed for something else") from None


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"key-id\0" + key).digest()[:_KEY_ID_BYTES]
