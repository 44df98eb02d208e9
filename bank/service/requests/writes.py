"""The path of every write: arrive, lock and read, decide, settle.

The request is recorded and, if it contains a code, its try counted, each committed at once. Then one transaction takes
the idempotency key, locks and reads the facts, and stores the effects with the answer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from fastapi import Request
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from bank.service.acts.code_limits import Try, count
from bank.service.facts import Facts, Query, look
from bank.service.plan import Result, refused, settle
from bank.service.requests.gate import Arrived, Gate, Step, UnderWay
from bank.service.requests.journal import answered, arrive
from domain.errors import Refusal
from edge.database import Database
from edge.idempotency import NOT_STORED, Answer, fingerprint
from edge.problem import answer_response, response

Act = Callable[[AsyncSession, Facts], Awaitable[Result]]
After = Callable[[Result], Awaitable[None]]
Reveal = Callable[[Answer], Awaitable[Mapping[str, str]]]


@dataclass(slots=True)
class WriteRequest:
    """A write that is about to arrive with the Idempotency-Key `key`. `secret` is an API key that must have `scope`.

    `known`: the API key was looked up.
    """

    request: Request
    key: str
    secret: str = field(repr=False)
    scope: str
    known: bool = False


def decided(decide: Callable[[Facts], Result]) -> Act:
    """An act that depends on the facts alone: all its effects are in the plan of its result."""

    async def act(session: AsyncSession, facts: Facts) -> Result:
        return decide(facts)

    return act


def worked(work: Act) -> Act:
    """An act that writes by itself: when it refuses, its writes are undone."""

    async def act(session: AsyncSession, facts: Facts) -> Result:
        async with session.begin_nested():
            return await work(session, facts)

    return act


class Writes:
    """One per program."""

    def __init__(self, database: Database, pepper: bytes, gate: Gate, under_way: UnderWay) -> None:
        self._database = database
        self._pepper = pepper
        self._gate = gate
        self._under_way = under_way

    async def answer(
        self,
        write: WriteRequest,
        step: Step,
        body: BaseModel,
        act: Act,
        query: Query | None = None,
        *,
        tries: Try | None = None,
        after: After | None = None,
        reveal: Reveal | None = None,
    ) -> Response:
        """Answers one write. `act` gets the facts that `query` asks for; what it does is committed with its answer.

        `tries`: a try of a code is counted before. `after` runs when the work was done by this request, after its
        commit. `reveal` adds the fields of a good answer that are shown and not stored: secrets. Raises
        `Unauthenticated` and `Forbidden` `scope_missing`; every other refusal is answered.
        """
        caller, number = await arrive(self._database, write.secret, self._pepper, write.scope, write.key, step)
        write.known = True
        status: int | None = 500  # None: the journal is closed with the work
        try:
            refusal = await self._gate(Arrived(step, caller, write.key, number))
            if refusal is not None:
                act, query, tries = _refusing(refusal), None, None
            with self._under_way.alone(caller, write.key):
                if tries is not None:
                    await count(self._database, tries, caller, write.key)
                closing = None if self._gate.watched else number
                work = partial(once, caller=caller, key=write.key, fingerprint=self._digest(write, body))
                answer, result = await self._database.run(partial(work, act=act, query=query, number=closing))
            if after is not None and result is not None and answer.status < 400:
                await after(result)
            if reveal is not None and answer.status < 400:
                answer = replace(answer, body=answer.body | dict(await reveal(answer)))
            shown, status = answer_response(answer), None if result is not None else answer.status
        except Refusal as error:
            shown, status = response(error), error.status
        finally:
            if status is not None and not self._gate.watched:
                await answered(self._database, number, status)
        return shown

    def _digest(self, write: WriteRequest, body: BaseModel) -> bytes:
        request = write.request
        return fingerprint(self._pepper, request.method, request.url.path, body.model_dump(mode="json"))


async def once(
    session: AsyncSession,
    caller: str,
    key: str,
    fingerprint: bytes,
    act: Act,
    query: Query | None = None,
    number: int | None = None,
) -> tuple[Answer, Result | None]:
    """The answer to the `caller`'s `key`, and the result if it is worked out now, by `act`.

    Closes the request with this `number` in the journal. A refusal that decides about the state is stored as the
    answer; those of `NOT_STORED` are raised. Raises as `facts.look` too.
    """
    seen = await look(session, caller, key, fingerprint, query or Query())
    if isinstance(seen, Answer):
        return seen, None
    try:
        result = await act(session, seen)
    except NOT_STORED:
        raise
    except Refusal as refusal:
        result = refused(refusal)
    result = await settle(session, caller, key, fingerprint, number, result)
    return Answer(result.status, dict(result.body), repeated=False), result


def _refusing(refusal: Refusal) -> Act:
    async def act(session: AsyncSession, facts: Facts) -> Result:
        return refused(refusal)

    return act
