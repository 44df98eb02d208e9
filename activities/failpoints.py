"""Fail points: places with a name at which a worker under test dies for real, as by `kill -9`.

An activity of ours is one call to a bank or one transaction, so that three places around it are all there are:

- `before-effect`: the activity was handed out, nothing of it has happened.
- `after-effect`: the bank has done what it was asked, and we have written down nothing of it.
- `after-commit`: the transaction is committed, and Temporal has not heard of it.

Around an activity that undoes something each of them is the death inside a compensation. Without a fail point nothing
is installed and nothing is asked at run time.
"""

from __future__ import annotations

import os
import re
import signal
from typing import Any, NoReturn

from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

BEFORE, AFTER_EFFECT, AFTER_COMMIT = "before-effect", "after-effect", "after-commit"
PATTERN = re.compile(rf"[a-z_]+(/[a-z_]+)?:({BEFORE}|{AFTER_EFFECT}|{AFTER_COMMIT})")


class FailPoint(Interceptor):
    """Kills its process the first time that a place is reached.

    `point` is the activity's name, the step that it is about where there are several, and the place:
    `debit:after-effect`, `record_release/credit:after-commit`. Raises ValueError for anything else.
    """

    def __init__(self, point: str) -> None:
        if not PATTERN.fullmatch(point):
            raise ValueError(f"no fail point: {point}")
        self._what, _, self._place = point.partition(":")

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002  # the SDK's name
        return _Dying(next, self._what, before=self._place == BEFORE)


class _Dying(ActivityInboundInterceptor):
    def __init__(self, inner: ActivityInboundInterceptor, what: str, *, before: bool) -> None:
        super().__init__(inner)
        self._what = what
        self._before = before

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002  # the SDK's name
        here = self._what in _names(input)
        if here and self._before:
            _die()
        result = await self.next.execute_activity(input)
        if here:
            _die()
        return result


def _names(call: ExecuteActivityInput) -> tuple[str, ...]:
    """The activity's name, and the same with the step that it is about."""
    name = call.fn.__name__
    about = call.args[0] if call.args else None
    step = getattr(getattr(about, "step", about), "name", None)
    return (name,) if step is None else (name, f"{name}/{step}")


def _die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("a killed process does not get here")
