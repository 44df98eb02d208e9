"""What keeps one bank's client program from holding up the others: a limit on calls at once, and a circuit breaker.

A call that is not made has the outcome of one without an answer: unknown, so it is asked about and made later.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from bank.measures import CLIENT_AWAY, CLIENT_CALLS

FAILURES: Final = 10  # in a row: a single account that is never answered stands beside others that are
FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 5.0  # a bank that is back is noticed within seconds
PLACE_WITHIN_S: Final = 1.0  # a place that takes longer to get free would keep the caller's own place from others

AWAY: Final = "not called: it has not answered lately"
BUSY: Final = "not called: too many calls at once"
DISABLED: Final = "not called: the bank's client is disabled"


class NotCalled(Exception):
    """The call was not made; the message says why."""


class Guard:
    """Of one client program. `disabled`: nothing is called. `now_s` is a monotonic clock, for pauses alone."""

    def __init__(
        self, name: str, max_calls: int, *, disabled: bool = False, now_s: Callable[[], float] | None = None
    ) -> None:
        self.name = name
        self.running = 0
        self._disabled = disabled
        self._now_s = now_s or (lambda: asyncio.get_running_loop().time())
        self._places = asyncio.Semaphore(max_calls)
        self._failures = 0
        self._pause_s = 0.0
        self._away_until = 0.0
        self._is_trying = False

    @property
    def is_away(self) -> bool:
        """Whether the breaker is open."""
        return self._failures >= FAILURES

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Around a call. Raises `NotCalled` when it is not to be made now."""
        self._look()
        tries = self.is_away
        self._is_trying |= tries
        try:
            await self._take()
            self.running += 1
            try:
                yield
            finally:
                self.running -= 1
                self._places.release()
        finally:
            if tries:
                self._is_trying = False

    def note(self, *, answered: bool) -> None:
        """What became of a call. A single answer closes the breaker."""
        CLIENT_CALLS.labels(self.name, "answered" if answered else "failed").inc()
        self._failures = 0 if answered else self._failures + 1
        if answered:
            self._pause_s = 0.0
        elif self.is_away:
            self._pause_s = min(max(FIRST_PAUSE_S, 2 * self._pause_s), LONGEST_PAUSE_S)
            self._away_until = self._now_s() + self._pause_s
        CLIENT_AWAY.labels(self.name).set(self.is_away)

    def _look(self) -> None:
        if self._disabled:
            raise self._not_called(DISABLED)
        # After the pause one call finds out whether the bank is back; the others wait for what becomes of it.
        if self.is_away and (self._is_trying or self._now_s() < self._away_until):
            raise self._not_called(AWAY)

    async def _take(self) -> None:
        try:
            async with asyncio.timeout(PLACE_WITHIN_S):
                await self._places.acquire()
        except TimeoutError:
            raise self._not_called(BUSY) from None

    def _not_called(self, why: str) -> NotCalled:
        CLIENT_CALLS.labels(self.name, "not_called").inc()
        return NotCalled(why)
