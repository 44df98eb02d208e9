"""The path of every write: the work exactly once per key, commit, then signals and the answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from fastapi import Request, Response
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from api.signals import Signal, SignalQueue, WalletSignal
from edge.database import Database
from edge.idempotency import Answer, Names, Result, fingerprint, once
from edge.problem import answer_response
from store.base import Base
from store.idempotency import ANSWERS, names_of


@dataclass(frozen=True, slots=True)
class Written:
    """What a write answers with (HTTP status, JSON body), what it names, and whom to signal once it is committed.

    `about` is the row that the answer acknowledges: made, changed or decided about. It is stored with the answer, and
    the audit holds the answer against it.
    """

    status: int
    body: dict[str, object]
    about: Base | Names
    signals: tuple[Signal | WalletSignal, ...] = ()

    @classmethod
    def of(cls, status: int, out: BaseModel, about: Base | Names, *signals: Signal | WalletSignal) -> Written:
        return cls(status, out.model_dump(mode="json"), about, signals)

    @property
    def result(self) -> tuple[int, dict[str, object], Names]:
        return self.status, self.body, self.about if isinstance(self.about, Names) else names_of(self.about)


Work = Callable[[AsyncSession], Awaitable[Written]]


class Writes:
    def __init__(self, database: Database, pepper: bytes, signals: SignalQueue) -> None:
        self._database = database
        self._pepper = pepper
        self._signals = signals

    async def answer(self, request: Request, caller: str, key: str, body: BaseModel, work: Work) -> Response:
        """Answers one write of `caller` by its idempotency key; effect and answer are committed together.

        A repeat gets the first answer and signals nobody: the redriver does, if the first signal was lost.
        """
        return answer_response(await self.outcome(request, caller, key, body, work))

    async def outcome(self, request: Request, caller: str, key: str, body: BaseModel, work: Work) -> Answer:
        """The same as it is stored: for a route that adds what must not be stored."""
        digest = fingerprint(self._pepper, request.method, request.url.path, body.model_dump(mode="json"))

        async def transaction(session: AsyncSession) -> tuple[Answer, tuple[Signal | WalletSignal, ...]]:
            signals: list[Signal | WalletSignal] = []

            async def first_time() -> Result:
                written = await work(session)
                signals.extend(written.signals)
                return written.result

            return await once(session, ANSWERS, caller, key, digest, first_time), tuple(signals)

        answer, signals = await self._database.run(transaction)
        for signal in signals:
            self._signals.send(signal)
        return answer
