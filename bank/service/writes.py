"""The path of every write: journal, the bank's behaviour, the work exactly once per key, the answer — or silence."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from fastapi import Request
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.background import BackgroundTask
from starlette.responses import Response

from bank.service.acts.callbacks import accept, withheld
from bank.service.acts.requests import answered, received
from bank.service.calling import Calling
from bank.service.models import ANSWERS
from bank.service.replies import accepted, refuse, reply, stop_at, with_wrong_amount
from bank.service.rules.behaviours import Drawn
from bank.service.silence import Stopping, stay_silent
from domain.errors import Conflict, Refusal, Unavailable
from edge.database import Database
from edge.idempotency import HEADER, Answer, fingerprint, once
from edge.problem import response

Work = Callable[[AsyncSession], Awaitable[tuple[int, Mapping[str, Any]]]]
Before = Callable[[AsyncSession, bytes], Awaitable[None]]
After = Callable[[], Awaitable[None]]
Reveal = Callable[[Answer], Awaitable[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Step:
    """What a write is to its bank: `name` is a step of its behaviour, `bank_id` None when it concerns no bank."""

    name: str
    bank_id: int | None


@dataclass(slots=True)
class _Telling:
    """How one request is to be answered by the behaviour that was drawn for it."""

    request: Request
    caller: str
    key: str
    step: Step
    drawn: Drawn
    accepted: bool = False
    operation: str | None = None
    callbacks: list[int] = field(default_factory=list)

    @property
    def early(self) -> bool:
        return self.drawn.reply is not None and self.drawn.reply.get("callback") == "early"

    async def work(self, session: AsyncSession, work: Work) -> tuple[int, Mapping[str, Any]]:
        """The work, or the refusal in its place; what it returns is stored under the key."""
        if self.drawn.gate is not None:
            refuse(self.drawn.gate)
        status, body = await work(session)
        lies = self.drawn.reply is not None and self.drawn.reply.get("stored") == "lie"
        return status, with_wrong_amount(body) if lies else body

    async def note(self, session: AsyncSession, answer: Answer) -> None:
        """Notes with the answer that 202 is told first. A repeat is told so too, while the answer is withheld."""
        rule = self.drawn.reply
        if answer.repeated:
            kept = await withheld(session, self.caller, self.key)
            self.accepted, self.operation = kept is not None, kept.operation if kept else None
        elif rule is not None and rule["do"] == "accept" and self.step.bank_id is not None:
            in_answer = answer.body.get("key") or answer.body.get("operation_key")  # an operation; a payment
            named = self.request.path_params.get("operation_key") or in_answer
            self.accepted, self.operation = True, named if answer.status < 400 else None
            status = "done" if answer.status < 400 else "refused"
            self.callbacks = await accept(
                session, self.step.bank_id, self.caller, self.key, self.operation, status, rule
            )


class Writes:
    """One per program; remembers which keys are being worked on here, slow ones included."""

    def __init__(self, database: Database, pepper: bytes, stopping: Stopping, calling: Calling) -> None:
        self._database = database
        self._pepper = pepper
        self._stopping = stopping
        self._calling = calling
        self._under_way: set[tuple[str, str]] = set()

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
            with self._alone(caller, key):
                if arrival.delay_s and await self._stopping.within(arrival.delay_s):
                    raise Unavailable("stopping", "The bank is being restarted; nothing was done.", 1)
                stop_at(arrival.drawn.gate)
                told = _Telling(request, caller, key, step, arrival.drawn)
                answer = await self._work(told, digest, work, before)
            if after is not None and not answer.repeated and answer.status < 400:
                await after()
            if reveal is not None and answer.status < 400:
                answer = replace(answer, body=answer.body | dict(await reveal(answer)))
            result = await self._reply(told, answer)
            status = result.status_code
        except Refusal as refusal:
            result, status = response(refusal), refusal.status
        finally:
            lose = rule is not None and rule["do"] == "lose"
            lost = await answered(self._database, arrival.number, step.name, step.bank_id, status, lost=lose)
        if lost:
            await stay_silent(request, self._stopping)
        return result

    async def _work(self, told: _Telling, digest: bytes, work: Work, before: Before | None) -> Answer:
        if before is not None and told.drawn.gate is None:
            prepare = before
            await self._database.run(lambda session: prepare(session, digest))

        async def transaction(session: AsyncSession) -> Answer:
            answer = await once(session, ANSWERS, told.caller, told.key, digest, lambda: told.work(session, work))
            await told.note(session, answer)
            return answer

        return await self._database.run(transaction)

    async def _reply(self, told: _Telling, answer: Answer) -> Response:
        if not told.accepted:
            return reply(told.drawn.reply, answer)
        result = accepted(told.operation)
        if told.early:
            await self._calling.finish(told.callbacks)
        else:
            result.background = BackgroundTask(self._calling.start, told.callbacks)
        return result

    @contextmanager
    def _alone(self, caller: str, key: str) -> Iterator[None]:
        # The database's lock decides. This one is for requests that are slow on purpose: they hold no transaction.
        if (caller, key) in self._under_way:
            raise Conflict("request_in_progress", "The first request with this key is still being worked on.", HEADER)
        self._under_way.add((caller, key))
        try:
            yield
        finally:
            self._under_way.discard((caller, key))
