"""The path of every write: the work exactly once per key, commit, then rings and the answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from fastapi import Request, Response
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from api.nudges import Nudges, Ring, WalletRing
from edge.database import Database
from edge.idempotency import Answer, Names, Result, fingerprint, once
from edge.problem import answer_response
from store.base import Base
from store.idempotency import ANSWERS, names_of


@dataclass(frozen=True, slots=True)
class Written:
    """What a write answers with (HTTP status, JSON body), what it names, and whom to ring at once it is committed.

    `about` is the row that the answer acknowledges: made, changed or decided about. It is stored with the answer, and
    the audit holds the answer against it.
    """

    status: int
    body: dict[str, object]
    about: Base | Names
    rings: tuple[Ring | WalletRing, ...] = ()

    @classmethod
    def of(cls, status: int, out: BaseModel, about: Base | Names, *rings: Ring | WalletRing) -> Written:
        return cls(status, out.model_dump(mode="json"), about, rings)

    @property
    def result(self) -> tuple[int, dict[str, object], Names]:
        return self.status, self.body, self.about if isinstance(self.about, Names) else names_of(self.about)


Work = Callable[[AsyncSession], Awaitable[Written]]


class Writes:
    def __init__(self, database: Database, pepper: bytes, nudges: Nudges) -> None:
        self._database = database
        self._pepper = pepper
        self._nudges = nudges

    async def answer(self, request: Request, caller: str, key: str, body: BaseModel, work: Work) -> Response:
        """Answers one write of `caller` by its idempotency key; effect and answer are committed together.

        A repeat gets the first answer and rings at nobody: the sweep does, if the first ring was lost.
        """
        return answer_response(await self.outcome(request, caller, key, body, work))

    async def outcome(self, request: Request, caller: str, key: str, body: BaseModel, work: Work) -> Answer:
        """The same as it is stored: for a route that adds what must not be stored."""
        digest = fingerprint(self._pepper, request.method, request.url.path, body.model_dump(mode="json"))

        async def transaction(session: AsyncSession) -> tuple[Answer, tuple[Ring | WalletRing, ...]]:
            rings: list[Ring | WalletRing] = []

            async def first_time() -> Result:
                written = await work(session)
                rings.extend(written.rings)
                return written.result

            return await once(session, ANSWERS, caller, key, digest, first_time), tuple(rings)

        answer, rings = await self._database.run(transaction)
        for ring in rings:
            self._nudges.ring(ring)
        return answer
