"""Fail points: named places at which a worker under test really dies, as by `kill -9`.

An activity is one step of a saga: it asks a bank, if any, records the answer in one transaction, and then signals. So
there are three places:

- `before-effect`: the activity was started, nothing of it has happened.
- `after-effect`: the bank has done what it was asked, and nothing of it is recorded.
- `after-commit`: the transaction is committed; no other workflow was signalled, and Temporal does not know of it.

An activity that does the same for several parts, as the redriver for each noun, has the first and the last in each.

Around an activity that undoes something, each of them is a death inside a compensation. Without a fail point nothing is
installed.
"""

from __future__ import annotations

import os
import re
import signal
from contextvars import ContextVar
from typing import Any, Final, NoReturn

from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

BEFORE, AFTER_EFFECT, AFTER_COMMIT = "before-effect", "after-effect", "after-commit"
PATTERN = re.compile(rf"[a-z_]+(/[a-z_]+)?:({BEFORE}|{AFTER_EFFECT}|{AFTER_COMMIT})")

# The place at which the running activity is to die, and in which part of it; None in production.
_deadly: Final[ContextVar[tuple[str, str | None] | None]] = ContextVar("deadly", default=None)


def reach(place: str, part: str | None = None) -> None:
    """Marks that the running activity has reached `place`: the worker dies if it is armed for it."""
    if _deadly.get() == (place, part):
        _die()


class FailPoint(Interceptor):
    """Kills its process the first time that a place is reached.

    `point` is the activity's name, its step where there are several, and the place: `debit:after-effect`,
    `claw_back/refund:after-commit`. Raises ValueError for anything else.
    """

    def __init__(self, point: str) -> None:
        if not PATTERN.fullmatch(point):
            raise ValueError(f"no fail point: {point}")
        self._what, _, self._place = point.partition(":")

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002  # the SDK's name
        return _Dying(next, self._what, self._place)


class _Dying(ActivityInboundInterceptor):
    def __init__(self, inner: ActivityInboundInterceptor, what: str, place: str) -> None:
        super().__init__(inner)
        self._what = what
        self._place = place

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002  # the SDK's name
        name, _, part = self._what.partition("/")
        if self._what not in _names(input):
            if name == input.fn.__name__:
                _deadly.set((self._place, part))  # it marks the places of its parts itself
            return await self.next.execute_activity(input)
        _deadly.set((self._place, None))
        reach(BEFORE)
        await self.next.execute_activity(input)
        return _die()  # an activity that neither asks a bank nor commits by `Steps` dies at its end, at any place


def _names(call: ExecuteActivityInput) -> tuple[str, ...]:
    """The activity's name, and the same with its step."""
    name = call.fn.__name__
    step = getattr(call.args[0] if call.args else None, "name", None)
    return (name,) if step is None else (name, f"{name}/{step}")


def _die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("a killed process does not get here")
