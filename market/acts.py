"""The path of every act: once per idempotency key, committed with its answer; then workflows are signalled."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from edge.database import Database
from edge.idempotency import Answer, Names, once
from market.signals import Signal, SignalQueue
from store.base import Base
from store.operations.idempotency import ANSWERS, names_of

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """The result of an act: its `value`, the row that acknowledges it, and the workflows to signal after the commit.

    `about` is the row that was made, changed or decided. It is stored with the answer, and the audit compares the two.
    """

    value: T
    about: Base | Names
    signals: tuple[Signal, ...] = ()


Work = Callable[[AsyncSession], Awaitable[Outcome[Answer]]]
"""An act whose value is already in the form of one front: an HTTP status and a JSON body."""


class Acts:
    """Carries out acts for the fronts."""

    def __init__(self, database: Database, signals: SignalQueue) -> None:
        self._database = database
        self._signals = signals

    async def run(self, caller: str, key: str, digest: bytes, work: Work, *, store_refusals: bool = True) -> Answer:
        """Answers one request of `caller` by its key; effect and answer are committed together.

        `digest` is the request's fingerprint. A repeat gets the first answer and signals nothing: if the first signal
        was lost, the redriver sends it. A refusal that depends on the state is stored and returned as an answer;
        without `store_refusals` it is raised, and the request may succeed later under the same key. Raises as `once`.
        """

        async def transaction(session: AsyncSession) -> tuple[Answer, tuple[Signal, ...]]:
            signals: list[Signal] = []

            async def first_time() -> Answer:
                outcome = await work(session)
                signals.extend(outcome.signals)
                names = outcome.about if isinstance(outcome.about, Names) else names_of(outcome.about)
                return replace(outcome.value, names=names)

            answer = await once(session, ANSWERS, caller, key, digest, first_time, store_refusals=store_refusals)
            return answer, tuple(signals)

        answer, signals = await self._database.run(transaction)
        for signal in signals:
            self._signals.send(signal)
        return answer
