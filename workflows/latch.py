"""A wake-up latch for workflows: a signal between the look at the rows and the wait is never lost."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from payloads.payment import Hint

# The server would only round a shorter timer up; it also bounds how often a deadline is checked again.
SHORTEST_WAIT = timedelta(milliseconds=20)


class Latch:
    """Call `arm` before looking at the rows, then `wait`: a signal in between ends the wait at once."""

    def __init__(self) -> None:
        self._signals = 0
        self._heard = 0
        self._hint: Hint | None = None

    def set(self, hint: Hint | None = None) -> None:
        self._signals += 1
        self._hint = hint or self._hint

    def arm(self) -> None:
        """From now on a signal is news."""
        self._heard = self._signals
        self._hint = None

    @property
    def hint(self) -> Hint | None:
        """The newest hint since the latch was armed."""
        return self._hint

    async def wait(self, for_: str, at_most_s: float | None = None) -> bool:
        """Waits for news; False when `at_most_s` seconds of workflow time have passed instead.

        `for_` is what the Temporal UI shows as awaited.
        """
        timeout = None if at_most_s is None else max(timedelta(seconds=at_most_s), SHORTEST_WAIT)
        try:
            await workflow.wait_condition(lambda: self._signals > self._heard, timeout=timeout, timeout_summary=for_)
        except TimeoutError:
            return False
        return True
