"""A wake-up latch for workflows: a signal between the look at the rows and the wait is never lost."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ApplicationError

# A timer of less would only be rounded up by the server; it also bounds how often a deadline is asked for again.
SHORTEST_WAIT = timedelta(milliseconds=20)


class Latch:
    """Call `arm` before looking at the rows, then `wait`: a signal in between ends the wait at once."""

    def __init__(self) -> None:
        self._signals = 0
        self._heard = 0

    def set(self) -> None:
        self._signals += 1

    def arm(self) -> None:
        """From now on a signal is news."""
        self._heard = self._signals

    async def wait(self, for_: str, at_most_s: float | None = None) -> bool:
        """Waits for news; False when `at_most_s` seconds of workflow time went by instead.

        `for_` says in the Temporal UI what is awaited.
        """
        timeout = None if at_most_s is None else max(timedelta(seconds=at_most_s), SHORTEST_WAIT)
        try:
            await workflow.wait_condition(lambda: self._signals > self._heard, timeout=timeout, timeout_summary=for_)
        except TimeoutError:
            return False
        return True


async def wake(workflow_id: str) -> None:
    """Signals another workflow. One that is not running is started by the redriver, which finds the same rows."""
    try:
        await workflow.get_external_workflow_handle(workflow_id).signal("wake")
    except ApplicationError:
        workflow.logger.info("%s is not running; the redriver starts it", workflow_id)
