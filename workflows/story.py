"""What every story does between its lines: it takes a step, waits for news, and shows operators where it stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from temporalio import workflow
from temporalio.common import RetryPolicy, SearchAttributeKey
from temporalio.exceptions import ApplicationError, FailureError, is_cancelled_exception

from workflows.latch import Latch

with workflow.unsafe.imports_passed_through():
    from payloads.payment import Hint

# A step is first taken within the workflow's task, as a local activity: most banks answer at once. The task lasts as
# long, so this stays below 80 % of `TASK_TIMEOUT`; one that takes several steps is heartbeated by the SDK.
AT_ONCE: Final[dict[str, Any]] = {
    "schedule_to_close_timeout": timedelta(seconds=2),
    "retry_policy": RetryPolicy(maximum_attempts=1),
}


class Story:
    """`order` is what the workflow was started with, and is started with again when its history has grown long."""

    def __init__(self, order: Any) -> None:
        self._order = order
        self._latch = Latch()
        self._shown: dict[SearchAttributeKey[Any], Any] = {}
        self._prompt = True

    def wake(self, hint: Hint | None = None) -> None:
        """Something was recorded, perhaps what `hint` says: ends the wait."""
        self._latch.set(hint)

    @property
    def hint(self) -> Hint | None:
        """The newest hint since the last step began."""
        return self._latch.hint

    async def take(self, step: Any, about: Any, summary: str, policy: dict[str, Any]) -> Any:
        """The result of a step: an activity, which is idempotent as a whole.

        Without an answer within `AT_ONCE` it becomes an activity of its own, which asks the bank by key first, and is
        retried by `policy` for as long as it takes. So do the story's next steps, until it has waited for news: a bank
        that is slow now holds up one workflow task, and not one for each step.
        """
        self.listen()
        if self._prompt:
            try:
                return await workflow.execute_local_activity_method(step, about, summary=summary, **AT_ONCE)
            except FailureError as error:  # of a local activity, not wrapped in an ActivityError
                if is_cancelled_exception(error):
                    raise
                self._prompt = False
                if isinstance(error, ApplicationError) and error.next_retry_delay is not None:
                    about = replace(about, put_off_s=error.next_retry_delay.total_seconds())
        self.publish()
        return await workflow.execute_activity_method(step, about, summary=summary, **policy)

    def listen(self) -> None:
        """From now on a signal is news."""
        self._latch.arm()

    async def wait(self, for_: str, at_most_s: float | None = None) -> bool:
        """Waits for news; False when `at_most_s` seconds have passed instead. `for_` is what the Temporal UI shows.

        When weeks of news have filled a history, a new run continues from the same rows.
        """
        self.publish()
        news = await self._latch.wait(for_, at_most_s)
        if workflow.info().is_continue_as_new_suggested():
            workflow.continue_as_new(self._order)
        self._prompt = True
        return news

    def show(self, details: str, *attributes: tuple[SearchAttributeKey[Any], Any]) -> None:
        """Shows the current details, Markdown, at once, and search attributes when they are next published."""
        workflow.set_current_details(details)
        self._shown.update(attributes)

    def publish(self) -> None:
        """Writes the search attributes that have changed. What was passed through within one task is not written."""
        now = workflow.info().typed_search_attributes  # one that was never set is as good as false
        changed = [key.value_set(value) for key, value in self._shown.items() if now.get(key, False) != value]
        if changed:
            workflow.upsert_search_attributes(changed)
        self._shown.clear()
