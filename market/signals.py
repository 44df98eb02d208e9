"""Signals workflows after a commit, in the background: no answer waits for Temporal."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Final, Protocol
from uuid import UUID

import structlog

from payloads.payment import Hint
from store.base import WorkflowRow
from store.deals.deals import Deal

log = structlog.get_logger()

# More signals than this in progress mean that Temporal is down. The redriver signals the rest when it is back.
MAX_UNDER_WAY: Final = 1000
DRAIN_WITHIN_S: Final = 5.0


class Signaller(Protocol):
    """What signals workflows; `sagas.Sagas` in the product. False: not reached, so the redriver will do it."""

    async def wake(self, row: WorkflowRow, deal: Deal | None = None, hint: Hint | None = None) -> bool: ...

    async def start(self, row: WorkflowRow, deal: Deal | None = None) -> bool: ...

    async def ask_again(self, table: type[WorkflowRow], row_id: UUID) -> bool: ...

    async def ready(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Signal:
    """The workflow to signal: that of `about`, which belongs to `deal`, if to any.

    `ask`: its bank has news. `new`: the row was made just now, so its workflow is only started.
    """

    about: WorkflowRow
    deal: Deal | None = None
    hint: Hint | None = None
    ask: bool = False
    new: bool = False


async def send(signaller: Signaller, signal: Signal) -> bool:
    """Signals at once. False: not reached, so the redriver will do it."""
    about = signal.about
    if signal.new:
        return await signaller.start(about, signal.deal)
    if signal.ask and not await signaller.ask_again(type(about), about.id):
        return False
    return await signaller.wake(about, signal.deal, signal.hint)


class SignalQueue:
    def __init__(self, signaller: Signaller) -> None:
        self._signaller = signaller
        self._under_way: set[asyncio.Task[bool]] = set()

    def send(self, signal: Signal) -> None:
        """Signals in the background, and returns at once. The rows must be committed before."""
        if not self._begin(send(self._signaller, signal)):
            log.warning("signal_left_to_redriver", row=str(signal.about.id))

    def ask_again(self, table: type[WorkflowRow], row_id: UUID) -> None:
        """Has the workflow of a row ask its bank now, if it is waiting to; returns at once.

        If the signal is lost, the bank is asked within a minute.
        """
        if not self._begin(self._signaller.ask_again(table, row_id)):
            log.warning("question_left_to_schedule", row=str(row_id))

    def _begin(self, signal: Coroutine[Any, Any, bool]) -> bool:
        if len(self._under_way) >= MAX_UNDER_WAY:
            signal.close()
            return False
        task = asyncio.create_task(signal)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return True

    async def drain(self) -> None:
        """Waits for signals in progress, at most `DRAIN_WITHIN_S`; for shutdown."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=DRAIN_WITHIN_S)
        for task in self._under_way:
            task.cancel()
