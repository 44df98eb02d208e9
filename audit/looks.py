"""Repeated looks: two stores cannot be read at the same instant, so what seems wrong is examined more than once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar

from bank.errors import Answer, Done, Refused, Unknown
from domain.errors import NoAnswer

LOOKS: Final = 4
PAUSE_S: Final = 0.5  # together the looks take longer than a workflow needs from its last row to its end


AT_ONCE: Final = 8  # concurrent questions: an audit must not crowd out payments
TRIES: Final = 3

T = TypeVar("T")


class BankSilent(NoAnswer):
    """The bank did not answer a question of the audit; the message gives the reason."""


async def answered(ask: Callable[[], Awaitable[Answer[T]]]) -> Done[T] | Refused:
    """The bank's answer. Raises `BankSilent` when it stays unknown."""
    why = ""
    for _ in range(TRIES):
        answer = await ask()
        if not isinstance(answer, Unknown):
            return answer
        why = answer.why
    raise BankSilent(why)


async def some_at_once(items: Iterable[T], look: Callable[[T], Awaitable[None]]) -> None:
    """Looks at each of `items`, `AT_ONCE` at a time. Raises the first failure and cancels the rest."""
    limit = asyncio.Semaphore(AT_ONCE)

    async def one(item: T) -> None:
        async with limit:
            await look(item)

    try:
        async with asyncio.TaskGroup() as tasks:
            for item in items:
                tasks.create_task(one(item))
    except ExceptionGroup as group:
        raise group.exceptions[0] from None  # the others failed for the same reason, or were cancelled


@dataclass(frozen=True, slots=True)
class Difference:
    """Two stores disagree about `subject` (the id of a workflow or a deal).

    `changed_at` is when the subject last changed, by the market database's clock; None: unknown there.
    """

    check: str
    subject: str
    detail: str
    changed_at: datetime | None = None


LookAgain = Callable[[Collection[str]], Awaitable[Collection[Difference]]]


async def lasting(
    found: Collection[Difference], look_again: LookAgain, now: datetime, grace: timedelta
) -> list[Difference]:
    """Those of `found` that persist on every further look, for subjects that have not changed since `now` - `grace`."""

    def old(differences: Collection[Difference]) -> list[Difference]:
        return [one for one in differences if one.changed_at is None or one.changed_at <= now - grace]

    seen = old(found)
    for _ in range(LOOKS - 1):
        if not seen:
            break
        await asyncio.sleep(PAUSE_S)
        seen = old(await look_again({one.subject for one in seen}))
    return seen
