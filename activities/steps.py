"""How an activity takes a step: an act records the answer in one transaction, then other workflows are signalled."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from activities.failpoints import AFTER_COMMIT, AFTER_EFFECT, reach
from edge.database import Database
from market.acts import Outcome
from market.signals import Signaller, send
from rails.asking import beating

T = TypeVar("T")

Act = Callable[[AsyncSession], Awaitable[Outcome[T]]]


class Steps:
    """Takes steps with one database and one way to signal. Each may run twice: the act finds its effect in the rows."""

    def __init__(self, database: Database, signaller: Signaller) -> None:
        self._database = database
        self._signaller = signaller

    async def take(self, act: Act[T]) -> T:
        """Commits an act, then signals the workflows that it names; returns the next step.

        A lost signal is left to the redriver. Heartbeats while the transaction waits for its locks.
        """
        async with beating():
            outcome = await self._database.run(act)
            reach(AFTER_COMMIT)
            await asyncio.gather(*(send(self._signaller, signal) for signal in outcome.signals))
        return outcome.value

    async def book(self, act: Act[T]) -> T:
        """The same for an act that records a bank's answer."""
        reach(AFTER_EFFECT)
        return await self.take(act)
