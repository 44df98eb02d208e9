"""Calls about the ownership of an account: does it exist, a code to its owner, and the owner's confirmation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, Final
from urllib.parse import quote

from pydantic import Field, TypeAdapter

from bank.calls import Call, CodeSent, read_code_sent
from bank.errors import Contradiction


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """An account of a client of the bank."""

    number: str
    currency: str
    closed: Annotated[bool, Field(strict=True)]


def ask_owner(key: str, number: str, reference: str) -> Call[CodeSent]:
    """Has the bank send a code to the account's owner, who passes it on to confirm a claim to the account.

    `reference` names our record of this claim; codes of another claim are not valid for it.
    """
    return Call(key, f"{_path(number)}/ownership-codes", {"reference": reference}, read_code_sent)


def confirm_ownership(key: str, number: str, reference: str, code: str, submitted_at: datetime) -> Call[str]:
    """Redeems the owner's code; the value is the account's number."""
    body = {"reference": reference, "code": code, "submitted_at": submitted_at.astimezone(UTC).isoformat()}
    return Call(key, f"{_path(number)}/ownership", body, partial(_confirmed, number))


_KNOWN: Final = TypeAdapter(KnownAccount)


def read_known(number: str, answer: Mapping[str, Any]) -> KnownAccount:
    """Raises `ValueError` on another shape, `Contradiction` when it is about another account."""
    known = _KNOWN.validate_python(answer)
    if known.number != number:
        raise Contradiction("number")
    return known


def _confirmed(number: str, answer: Mapping[str, Any]) -> str:
    if answer["account"] != number:
        raise Contradiction("account")
    return number


def _path(number: str) -> str:
    return f"/accounts/{quote(number, safe='')}"
