"""Ctrl-C, SIGTERM and a closed terminal stop the stack in order; a second one stops it at once."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from types import TracebackType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interruption:
    """While entered, the first of SIGNALS cancels the entering task; later ones call `on_repeat`."""

    def __init__(self, on_repeat: Callable[[], None]) -> None:
        self.number: int | None = None
        self._on_repeat = on_repeat
        self._task: asyncio.Task[object] | None = None
        self._handled: list[signal.Signals] = []

    def __enter__(self) -> Interruption:
        self._task = asyncio.current_task()
        for number in SIGNALS:
            try:
                asyncio.get_running_loop().add_signal_handler(number, self._arrived, number)
            except (RuntimeError, ValueError):  # not the main thread, which handles signals
                break
            self._handled.append(number)
        return self

    def _arrived(self, number: int) -> None:
        if self.number is not None:
            self._on_repeat()
            return
        self.number = number
        if self._task is not None:
            self._task.cancel()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number in self._handled:
            asyncio.get_running_loop().remove_signal_handler(number)
