"""Compensations: registered before the step they undo, run newest first, all of them, for as long as it takes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

Undo = Callable[[], Awaitable[None]]


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

    async def run(self) -> None:
        """Runs every undo, newest first. One that fails does not stop the others; the failures are raised together."""
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
