"""Commands to the ledger. A command is data; its key makes it take effect at most once."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import ClassVar, Final

MAX_KEY_CHARACTERS: Final = 200
MAX_REFERENCE_CHARACTERS: Final = 500


@dataclass(frozen=True, slots=True)
class _Transfer:
    key: str
    debit: int
    credit: int
    amount_minor: int
    currency: str
    reference: str = ""

    def __post_init__(self) -> None:
        _check_key(self.key)
        _check_whole(self.amount_minor)
        _check_text(self.currency, "currency", 16)
        _check_text(self.reference, "reference", MAX_REFERENCE_CHARACTERS)
        for account in (self.debit, self.credit):
            if type(account) is not int or not -(2**63) <= account < 2**63:
                raise TypeError(f"an account is named by its 64-bit id, not by {account!r}")


@dataclass(frozen=True, slots=True)
class Post(_Transfer):
    """Moves `amount_minor` (minor units of `currency`) from account `debit` to account `credit` at once.

    `key` is the caller's business key (1 to 200 characters), `reference` free text for the statement.
    Raises TypeError for an amount or account id that is not an int, ValueError for texts that cannot be stored.
    """

    kind: ClassVar[str] = "post"


@dataclass(frozen=True, slots=True)
class Hold(_Transfer):
    """Reserves `amount_minor` on account `debit` for account `credit` until it is captured or voided."""

    kind: ClassVar[str] = "hold"


@dataclass(frozen=True, slots=True)
class Capture:
    """Ends the hold made under `hold_key` by moving `amount_minor` of it (None: all); the rest is freed."""

    key: str
    hold_key: str
    amount_minor: int | None = None
    kind: ClassVar[str] = "capture"

    def __post_init__(self) -> None:
        _check_key(self.key)
        _check_key(self.hold_key)
        if self.amount_minor is not None:
            _check_whole(self.amount_minor)


@dataclass(frozen=True, slots=True)
class Void:
    """Ends the hold made under `hold_key` without moving anything."""

    key: str
    hold_key: str
    kind: ClassVar[str] = "void"

    def __post_init__(self) -> None:
        _check_key(self.key)
        _check_key(self.hold_key)


Command = Post | Hold | Capture | Void


def fingerprint(command: Command) -> str:
    """SHA-256 (hexadecimal) of kind and content. A repeat under the same key must have the same fingerprint."""
    content: list[str | int | None]
    if isinstance(command, (Post, Hold)):
        content = [command.debit, command.credit, command.amount_minor, command.currency, command.reference]
    elif isinstance(command, Capture):
        content = [command.hold_key, command.amount_minor]
    else:
        content = [command.hold_key]
    return hashlib.sha256(json.dumps([command.kind, *content]).encode()).hexdigest()


def _check_key(key: str) -> None:
    _check_text(key, "key", MAX_KEY_CHARACTERS)
    if not key:
        raise ValueError("a key has at least one character")


def _check_text(text: str, name: str, max_characters: int) -> None:
    if len(text) > max_characters or "\0" in text:
        raise ValueError(f"{name}: at most {max_characters} characters, no NUL")
    text.encode()  # a lone surrogate raises UnicodeEncodeError, a ValueError


def _check_whole(amount_minor: int) -> None:
    if type(amount_minor) is not int:
        raise TypeError(f"minor units must be an int, not {type(amount_minor).__name__}")
