"""Looking again: two stores cannot be read at the same instant, so what seems wrong is looked at more than once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar

from bank.errors import Answer, Done, Refused, Unknown
from domain.errors import NoAnswer

LOOKS: Final = 4
PAUSE_S: Final = 0.5  # all looks together take longer than a workflow needs from its last row to its end


AT_ONCE: Final = 8  # questions under way at a time: an audit must not crowd out payments
TRIES: Final = 3

T = TypeVar("T")


class BankSilent(NoAnswer):
    """The bank gave no answer to a question of the audit; the message says why."""


async def answered(ask: Callable[[], Awaitable[Answer[T]]]) -> Done[T] | Refused:
    """The bank's answer; raises `BankSilent` when it stays unknown."""
    why = ""
    for _ in range(TRIES):
        answer = await ask()
        if not isinstance(answer, Unknown):
            return answer
        why = answer.why
    raise BankSilent(why)


async def some_at_once(items: Iterable[T], look: Callable[[T], Awaitable[None]]) -> None:
    """Looks at each of `items`, `AT_ONCE` at a time; raises the first failure, and ends the others."""
    limit = asyncio.Semaphore(AT_ONCE)

    async def one(item: T) -> None:
        async with limit:
            await look(item)

    try:
        async with asyncio.TaskGroup() as tasks:
            for item in items:
                tasks.create_task(one(item))
    except ExceptionGroup as group:
        raise group.exceptions[0] from None  # the others are the same silence, or came of ending the rest


@dataclass(frozen=True, slots=True)
class Difference:
    """Two stores say different things about `subject` (the id of a workflow or a deal).

    `changed_at` is when the subject last moved, by the market database's clock; None: nothing of it is known there.
    """

    check: str
    subject: str
    detail: str
    changed_at: datetime | None = None


LookAgain = Callable[[Collection[str]], Awaitable[Collection[Difference]]]


async def lasting(
    found: Collection[Difference], look_again: LookAgain, now: datetime, grace: timedelta
) -> list[Difference]:
    """What of `found` stays so on every further look at its subjects, none of which moved after `now` - `grace`."""

    def old(differences: Collection[Difference]) -> list[Difference]:
        return [one for one in differences if one.changed_at is None or one.changed_at <= now - grace]

    seen = old(found)
    for _ in range(LOOKS - 1):
        if not seen:
            break
        await asyncio.sleep(PAUSE_S)
        seen = old(await look_again({one.subject for one in seen}))
    return seen
