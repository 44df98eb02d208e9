"""The path of writes in general: journal, the bank's behaviour, the work exactly once per key, the answer — or silence.

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
from bank.service.calling import Calling
from bank.service.models import ANSWERS
from bank.service.replies import refuse, stop_at
from bank.service.silence import Stopping, stay_silent
from bank.service.telling import Step, Telling, UnderWay
from domain.errors import Refusal, Unavailable
from edge.database import Database
from edge.idempotency import Answer, fingerprint, once
from edge.problem import response

Work = Callable[[AsyncSession], Awaitable[tuple[int, Mapping[str, Any]]]]
Before = Callable[[AsyncSession, bytes], Awaitable[None]]
After = Callable[[], Awaitable[None]]
Reveal = Callable[[Answer], Awaitable[Mapping[str, Any]]]


class Writes:
    """One per program."""

    def __init__(
        self, database: Database, pepper: bytes, stopping: Stopping, calling: Calling, under_way: UnderWay
    ) -> None:
        self._database = database
        self._pepper = pepper
        self._stopping = stopping
        self._calling = calling
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
        arrival = await received(self._database, caller, key, step.name, step.bank_id)
        rule, status = arrival.drawn.reply, 500
        try:
            digest = fingerprint(self._pepper, request.method, request.url.path, body.model_dump(mode="json"))
            with self._under_way.alone(caller, key):
                if arrival.delay_s and await self._stopping.within(arrival.delay_s):
                    raise Unavailable("stopping", "The bank is being restarted; nothing was done.", 1)
                stop_at(arrival.drawn.gate)
                told = Telling(request, caller, key, step, arrival.drawn)
                answer = await self._work(told, digest, work, before)
            if after is not None and not answer.repeated and answer.status < 400:
                await after()
            if reveal is not None and answer.status < 400:
                answer = replace(answer, body=answer.body | dict(await reveal(answer)))
            result = await told.response(answer, self._calling)
            status = result.status_code
        except Refusal as refusal:
            result, status = response(refusal), refusal.status
        finally:
            lose = rule is not None and rule["do"] == "lose"
            lost = await answered(self._database, arrival.number, step.name, step.bank_id, status, lost=lose)
        if lost:
            await stay_silent(request, self._stopping)
        return result

    async def _work(self, told: Telling, digest: bytes, work: Work, before: Before | None) -> Answer:
        gate = told.drawn.gate
        if before is not None and gate is None:
            prepare = before
            await self._database.run(lambda session: prepare(session, digest))

        async def transaction(session: AsyncSession) -> Answer:
            async def worked() -> tuple[int, Mapping[str, Any]]:
                if gate is not None:
                    refuse(gate)
                status, body = await work(session)
                return status, told.stored(body)

            answer = await once(session, ANSWERS, told.caller, told.key, digest, worked)
            await told.note(session, answer)
            return answer

        return await self._database.run(transaction)
