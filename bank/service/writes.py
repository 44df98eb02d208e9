"""The path of every write: journal, the bank's behaviour, the work exactly once per key, the answer — or silence."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any, Final

from fastapi import Request
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from bank.service.acts.requests import answered, received
from bank.service.models import ANSWERS
from domain.errors import Conflict, Refusal, Unavailable
from edge.database import Database
from edge.idempotency import HEADER, Answer, fingerprint, once
from edge.problem import answer_response, response

SILENT_AT_MOST_S: Final = 3600.0  # a caller without a time-out of his own is let go after an hour

Work = Callable[[AsyncSession], Awaitable[tuple[int, Mapping[str, Any]]]]
Before = Callable[[AsyncSession, bytes], Awaitable[None]]
After = Callable[[], Awaitable[None]]
Reveal = Callable[[Answer], Awaitable[Mapping[str, Any]]]


class Stopping:
    """Told once when the program is to end; wakes requests that are slow or silent on purpose."""

    def __init__(self) -> None:
        self._told = asyncio.Event()

    def tell(self) -> None:
        self._told.set()

    async def within(self, seconds: float) -> bool:
        """Waits `seconds`; true when the program is to end."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._told.wait(), seconds)
        return self._told.is_set()


@dataclass(frozen=True, slots=True)
class Step:
    """What a write is to its bank: `name` is a step of its behaviour, `bank_id` None when it concerns no bank."""

    name: str
    bank_id: int | None


class Writes:
    """One per program; remembers which keys are being worked on here, slow ones included."""

    def __init__(self, database: Database, pepper: bytes, stopping: Stopping) -> None:
        self._database = database
        self._pepper = pepper
        self._stopping = stopping
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
        number, slow_ms = await received(self._database, caller, key, step.name, step.bank_id)
        status = 500
        try:
            digest = fingerprint(self._pepper, request.method, request.url.path, body.model_dump(mode="json"))
            with self._alone(caller, key):
                answer = await self._work(caller, key, digest, slow_ms, work, before)
            if after is not None and not answer.repeated and answer.status < 400:
                await after()
            if reveal is not None and answer.status < 400:
                answer = replace(answer, body=answer.body | dict(await reveal(answer)))
            result, status = answer_response(answer), answer.status
        except Refusal as refusal:
            result, status = response(refusal), refusal.status
        finally:
            lost = await answered(self._database, number, step.name, step.bank_id, status)
        if lost:
            await self._stay_silent(request)
        return result

    async def _work(
        self, caller: str, key: str, digest: bytes, slow_ms: int, work: Work, before: Before | None
    ) -> Answer:
        if slow_ms and await self._stopping.within(slow_ms / 1000):
            raise Unavailable("stopping", "The bank is being restarted; nothing was done.", 1)
        if before is not None:
            prepare = before
            await self._database.run(lambda session: prepare(session, digest))
        return await self._database.run(
            lambda session: once(session, ANSWERS, caller, key, digest, lambda: work(session))
        )

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

    async def _stay_silent(self, request: Request) -> None:
        """Returns when the client has given up, or the program is to end."""
        gone = asyncio.create_task(_disconnected(request))
        ended = asyncio.create_task(self._stopping.within(SILENT_AT_MOST_S))
        await asyncio.wait({gone, ended}, return_when=asyncio.FIRST_COMPLETED)
        for task in (gone, ended):
            task.cancel()
        await asyncio.gather(gone, ended, return_exceptions=True)


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
