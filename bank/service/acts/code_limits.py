"""Limits on wrong codes in a window of time: of one caller about one account, of one caller, and of all callers.

The account's limit comes first and is the lowest: guesses at one account soon stop there, and affect nothing else. Each
caller's guesses at an account are counted separately, so that a stranger cannot lock its owner out.

A try counts as wrong, atomically, before its code is compared (the database's `count_try`); the commit of a right one
returns its place (the trigger `codes_right_is_not_wrong`). So of any number of parallel guesses at most the limit are
compared in a window.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.values import Turn
from domain.codes import MAX_TRIES
from domain.errors import TooMany
from edge.database import Database

# What awaits a code of the caller $1.
_OPERATION: Final = "SELECT o.key FROM operations o WHERE o.key = $8 AND o.caller = $1 AND o.status = 'created'"
_ACCESS: Final = (
    "SELECT a.key FROM account_accesses a WHERE a.caller = $1 AND a.number = $8 AND a.purpose = $9"
    " AND a.reference = $10 AND a.confirmed_at IS NULL AND a.ended_at IS NULL"
)


@dataclass(frozen=True, slots=True)
class CodeLimits:
    """At most so many wrong codes in each window of `window_s` seconds; windows begin at multiples of it since 1970."""

    window_s: int
    per_account: int
    per_caller: int
    overall: int


@dataclass(frozen=True, slots=True)
class Try:
    """A try of a code, to be counted against `limits`; `awaiting` is SQL that finds its subject by `values`."""

    limits: CodeLimits
    awaiting: str
    values: Sequence[str]


def try_of_operation(limits: CodeLimits, key: str) -> Try:
    return Try(limits, _OPERATION, (key,))


def try_of_access(limits: CodeLimits, number: str, purpose: str, reference: str) -> Try:
    return Try(limits, _ACCESS, (number, purpose, reference))


async def count(database: Database, tried: Try, caller: str, key: str) -> None:
    """Counts a try of `caller` with the Idempotency-Key `key`; committed before anything is compared.

    Of any number of parallel tries at most `MAX_TRIES` are counted per code. A request that was answered,
    or counted before a crash, is not counted again. Raises `TooMany` `too_many_wrong_codes`: then nothing is counted,
    and the same request may come again later.
    """
    limits = tried.limits
    most = (MAX_TRIES, limits.window_s, limits.per_account, limits.per_caller, limits.overall)
    statement = f"SELECT count_try($1, $2, ({tried.awaiting}), $3, $4, $5, $6, $7)"  # constants of this module
    wait_s: int | None = await database.at_once(statement, caller, key, *most, *tried.values)
    if wait_s is not None:
        raise TooMany("too_many_wrong_codes", "Too many codes were wrong lately; try this one again later.", wait_s)


def too_many_codes_sent(wait_s: int) -> TooMany:
    """No more codes go to the owner of this account for now, from any caller."""
    return TooMany("too_many_codes_sent", "The owner of the account was sent too many codes lately.", wait_s)


def too_many_funds_checks(wait_s: int) -> TooMany:
    return TooMany("too_many_funds_checks", "The funds of this account were asked about too often lately.", wait_s)


async def take_turn(session: AsyncSession, turn: Turn, account: str, caller: str) -> int | None:
    """Takes one place of the account's limit; when there is none, returns the seconds to wait."""
    about = f"{turn.about}/{caller}" if turn.own else turn.about
    wait_s: int | None = await session.scalar(select(func.take_turn(account, about, turn.window_s, turn.most)))
    return wait_s
