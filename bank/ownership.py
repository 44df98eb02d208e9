"""Calls about who owns an account: whether the bank has it, a code to its owner, and the owner's confirmation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import quote

from bank.calls import Call, CodeSent, read_code_sent
from bank.errors import Contradiction


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """An account of a client of the bank."""

    number: str
    currency: str
    closed: bool


def ask_owner(key: str, number: str, reference: str) -> Call[CodeSent]:
    """Has the bank send a code to the account's owner, who passes it on to whoever says that the account is his.

    `reference` names our record of this claim: another one's codes are other codes.
    """
    return Call(key, f"{_path(number)}/ownership-codes", {"reference": reference}, read_code_sent)


def confirm_ownership(key: str, number: str, reference: str, code: str, submitted_at: datetime) -> Call[str]:
    """Redeems the owner's code; the value is the account's number."""
    body = {"reference": reference, "code": code, "submitted_at": submitted_at.astimezone(UTC).isoformat()}
    return Call(key, f"{_path(number)}/ownership", body, partial(_confirmed, number))


def read_known(number: str, answer: Mapping[str, Any]) -> KnownAccount:
    """Raises `KeyError`, `TypeError` on another shape, `Contradiction` when it is about another account."""
    if answer["number"] != number:
        raise Contradiction("number")
    if not isinstance(answer["currency"], str) or not isinstance(answer["closed"], bool):
        raise TypeError("not a known account")
    return KnownAccount(number, answer["currency"], answer["closed"])


def _confirmed(number: str, answer: Mapping[str, Any]) -> str:
    if answer["account"] != number:
        raise Contradiction("account")
    return number


def _path(number: str) -> str:
    return f"/accounts/{quote(number, safe='')}"
