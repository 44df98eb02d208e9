"""How many codes may be wrong in a window of time: of one caller about one account, of one caller, and of all callers.

The account comes first and has the least: whoever guesses at one account soon stops there, and nobody else with him.
Another caller's guesses at the account are not counted with it: a stranger locks no owner out.

A try counts as wrong, atomically, before its code is compared (the database's `count_try`); the commit of a right one
gives its place back (the trigger `codes_right_is_not_wrong`). So of any number of parallel guesses at most the limit
are compared in a window.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import TooMany


@dataclass(frozen=True, slots=True)
class CodeLimits:
    """At most so many wrong codes in each `window`, which begin at multiples of it since 1970."""

    window: timedelta
    per_account: int
    per_caller: int
    overall: int

    def as_json(self) -> dict[str, int]:
        """For the database's `count_try`."""
        limits = {"per_account": self.per_account, "per_caller": self.per_caller, "overall": self.overall}
        return {"window_s": round(self.window.total_seconds())} | limits


@dataclass(frozen=True, slots=True)
class AccountLimit:
    """At most `most` of what it is `about` for one account in each `window`; these begin as those of `CodeLimits`.

    `own`: each caller has turns of his own, which no other one can use up.
    """

    about: str
    window: timedelta
    most: int
    own: bool = False

    def as_json(self, account: str | None = None) -> dict[str, Any]:
        """For the database's `facts`; without an account it is the payer's of the operation."""
        window_s = round(self.window.total_seconds())
        return {"account": account, "about": self.about, "own": self.own, "window_s": window_s, "most": self.most}

    def turn(self, account: str, caller: str) -> dict[str, Any]:
        """For the database's `is_unchanged`: one of the turns."""
        about = f"{self.about}/{caller}" if self.own else self.about
        return self.as_json(account) | {"about": about}


def too_many_wrong_codes(wait_s: int) -> TooMany:
    """The place of a try that is not counted; its window ends in `wait_s` seconds."""
    return TooMany("too_many_wrong_codes", "Too many codes were wrong lately; try this one again later.", wait_s)


def too_many_codes_sent(wait_s: int) -> TooMany:
    """No more codes go to the owner of this account for now, whoever asks for them."""
    return TooMany("too_many_codes_sent", "The owner of the account was sent too many codes lately.", wait_s)


def too_many_funds_checks(wait_s: int) -> TooMany:
    return TooMany("too_many_funds_checks", "The funds of this account were asked about too often lately.", wait_s)


async def take_turn(session: AsyncSession, limit: AccountLimit, account: str, caller: str) -> int | None:
    """Takes one of the account's turns; the seconds to wait when there is none, and then none is taken."""
    turn = limit.turn(account, caller)
    taking = func.take_turn(account, turn["about"], turn["window_s"], turn["most"])
    wait_s: int | None = await session.scalar(select(taking))
    return wait_s
