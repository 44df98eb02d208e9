"""Looking again: two stores cannot be read at the same instant, so what seems wrong is looked at more than once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

LOOKS: Final = 4
PAUSE_S: Final = 0.5  # all looks together take longer than a workflow needs from its last row to its end


class BankSilent(Exception):
    """The bank gave no answer to a question of the audit; the message says why."""


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
