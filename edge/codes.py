"""Confirmation codes: 8 characters of Crockford base32 (40 random bits), stored only as a keyed hash."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Final

from domain.errors import Malformed

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford base32: no I, L, O, U
LENGTH: Final = 8
_MAX_TYPED: Final = 32  # room for the spaces and dashes that people type

_FORGIVEN = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


def new_code() -> str:
    """A fresh code from the operating system's randomness, without the dash."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def normalise(text: str) -> str:
    """The intended code: any case, O for 0, I and L for 1, dashes and spaces ignored.

    Raises `Malformed` (code `bad_code`, field `code`) when the result is not 8 characters of the alphabet.
    """
    code = text.upper().translate(_FORGIVEN) if text.isascii() and len(text) <= _MAX_TYPED else ""
    if len(code) != LENGTH or any(character not in ALPHABET for character in code):
        raise Malformed("bad_code", "A code has eight letters and digits, such as ABCD-EFGH.", "code")
    return code


def grouped(code: str) -> str:
    """For people: `ABCD-EFGH`."""
    return f"{code[:4]}-{code[4:]}"


def digest(code: str, binding: str, pepper: bytes) -> bytes:
    """HMAC-SHA256 of a normalised code together with what it confirms, 32 bytes.

    `binding` names the operation, amount, fee and payee: the same code for anything else has another digest.
    """
    return hmac.new(pepper, f"code\0{code}\0{binding}".encode(), hashlib.sha256).digest()
