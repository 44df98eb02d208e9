"""The path of writes in general: the journal, the work exactly once per key, the answer.

Steps of payments have a shorter one (`steps.py`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from fastapi import Request
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from bank.service.acts.requests import answered, received
from bank.service.gate import Arrived, Gate, Step
from bank.service.models import ANSWERS
from bank.service.under_way import UnderWay
from domain.errors import Refusal
from edge.database import Database
from edge.idempotency import Answer, fingerprint, once
from edge.problem import answer_response, response

Work = Callable[[AsyncSession], Awaitable[tuple[int, Mapping[str, Any]]]]
Before = Callable[[AsyncSession, bytes], Awaitable[None]]
After = Callable[[], Awaitable[None]]
Reveal = Callable[[Answer], Awaitable[Mapping[str, Any]]]


class Writes:
    """One per program."""

    def __init__(self, database: Database, pepper: bytes, gate: Gate, under_way: UnderWay) -> None:
        self._database = database
        self._pepper = pepper
        self._gate = gate
        self._under_way = under_way

    async def answer(
        self,
        request: Request,
        caller: str,
        key: str,
        step: Step,
        body: BaseModel,
        work: Work,
        *,
        before: Before | None = None,
        after: After | None = None,
        reveal: Reveal | None = None,
    ) -> Response:
        """Answers one write request; the work is committed before anybody is told.

        `before` runs in a transaction of its own that is committed first and gets the request's fingerprint;
        `after` runs when the work was done by this request, after its commit. `reveal` names the fields of a good
        answer that are told and not stored: secrets.
        """
        number = await received(self._database, caller, key, step)
        status = 500
        try:
            digest = fingerprint(self._pepper, request.method, request.url.path, body.model_dump(mode="json"))
            refusal = await self._gate(Arrived(step, caller, key, number))
            if refusal is not None:
                before, work = None, _refusing(refusal)
            with self._under_way.alone(caller, key):
                answer = await self._work(caller, key, digest, work, before)
            if after is not None and not answer.repeated and answer.status < 400:
                await after()
            if reveal is not None and answer.status < 400:
                answer = replace(answer, body=answer.body | dict(await reveal(answer)))
            result, status = answer_response(answer), answer.status
        except Refusal as refused:
            result, status = response(refused), refused.status
        finally:
            if not self._gate.watched:
                await answered(self._database, number, status)
        return result

    async def _work(self, caller: str, key: str, digest: bytes, work: Work, before: Before | None) -> Answer:
        if before is not None:
            prepare = before
            await self._database.run(lambda session: prepare(session, digest))

        async def transaction(session: AsyncSession) -> Answer:
            return await once(session, ANSWERS, caller, key, digest, lambda: work(session))

        return await self._database.run(transaction)


def _refusing(refusal: Refusal) -> Work:
    async def work(session: AsyncSession) -> tuple[int, Mapping[str, Any]]:
        raise refusal

    return work
