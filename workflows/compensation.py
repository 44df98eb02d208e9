"""Compensations: registered before the step they undo, run newest first, all of them, for as long as it takes.

What may have happened is not undone: `run` takes a final answer, and an unknown one does not pass the type checker.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from bank.errors import Done, Refused, Unknown
    from payloads.payment import PaymentView

Undo = Callable[[], Awaitable[None]]
Final = Done[str] | Refused
"""What a compensation may follow: done, or finally refused."""


def outcome_of(payment: PaymentView) -> Final | Unknown:
    """The result of a payment's debit: unknown while the bank owes its final answer to a submitted code."""
    if payment.attempt is not None:
        return Unknown(f"no final answer to try {payment.attempt}")
    if payment.opened:
        return Done(payment.state)
    return Refused("not_opened", "The bank has opened no operation.")


class Compensations:
    """The undos of one saga. Each undo is itself retried without limit and may run twice."""

    def __init__(self) -> None:
        self._undos: list[tuple[str, Undo]] = []

    def register(self, name: str, undo: Undo) -> None:
        """Registers `undo` under `name`, before the step is tried; a second registration of a name is the first."""
        if name not in self.names:
            self._undos.append((name, undo))

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self._undos]

    async def run(self, after: Final) -> None:
        """Runs every undo, newest first, after the final answer to what they undo.

        One that fails does not stop the others; the failures are raised together.
        """
        if not isinstance(after, Done | Refused):
            raise TypeError(f"nothing is undone while its outcome is unknown: {after!r}")
        failures: list[Exception] = []
        while self._undos:
            name, undo = self._undos.pop()
            try:
                await undo()
            except Exception as failure:  # noqa: BLE001  # one undo that fails must not stop the others
                failure.add_note(f"while undoing: {name}")
                failures.append(failure)
        if failures:
            raise ExceptionGroup("compensations failed", failures)
