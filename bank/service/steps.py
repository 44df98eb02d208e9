"""The path of a step of a payment: read, decide, write. Two exchanges with the database when nothing gets in between.

`arrive` notes the request, counts the try of its code and reads; the step is decided here; `settle` writes if all is
still as it was read. A step that somebody else overtook is read and decided anew, in the end under locks.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final

from fastapi import Request
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from starlette.responses import Response

from bank.service.acts import steps
from bank.service.acts.code_limits import too_many_wrong_codes
from bank.service.acts.debts import MissingDebt, open_debt
from bank.service.acts.requests import answered
from bank.service.acts.steps import Settling, Told
from bank.service.facts import Facts, MissingBook, Wanted, facts_of
from bank.service.gate import Arrived, Gate, Step
from bank.service.keys import Asking
from bank.service.refusals import ledger_refusals
from bank.service.settlement import Decided, refusal_decided
from bank.service.under_way import UnderWay
from domain.errors import Refusal
from edge.database import Database
from edge.idempotency import NOT_STORED, Answer, fingerprint, in_progress, problem_body, stored_answer
from edge.problem import answer_response, response
from ledger import RefusalReason

MAX_OVERTAKEN: Final = 2  # then the locks are taken before anything is read
MAX_LOCKED: Final = 105  # of a refund each account may have to be made able to owe, and balances move until locked

Decide = Callable[[Facts], Decided]
After = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class _Turn:
    """One request on its way. `number` in the journal: None when others close it, or once it is closed."""

    caller: str
    key: str
    digest: bytes
    wanted: Wanted
    decide: Decide
    number: int | None

    def refused(self, refusal: Refusal) -> None:
        """The refusal takes the place of the work: no try of a code is counted."""

        def decide(facts: Facts) -> Decided:
            raise refusal

        self.wanted, self.decide = replace(self.wanted, limits=None), decide


class Steps:
    """One per program. It keeps the ledger accounts of the banks' books, which never change."""

    def __init__(self, database: Database, pepper: bytes, gate: Gate, under_way: UnderWay) -> None:
        self._database = database
        self._pepper = pepper
        self._gate = gate
        self._under_way = under_way
        self._books: dict[str, list[int]] = {}

    async def answer(
        self,
        request: Request,
        asking: Asking,
        key: str,
        step: Step,
        body: BaseModel,
        wanted: Wanted,
        decide: Decide,
        *,
        after: After | None = None,
    ) -> Response:
        """Answers one request; what `decide` made of what was `wanted` is committed before anybody is told.

        `after` runs when the step was done by this request, after its commit.
        Raises `Unauthenticated` and `Forbidden`; every other refusal is answered.
        """
        digest = fingerprint(self._pepper, request.method, request.url.path, body.model_dump(mode="json"))
        watched = self._gate.watched
        arrival = await steps.arrive(self._database, asking, key, step, None if watched else wanted)
        turn = _Turn(arrival.caller, key, digest, wanted, decide, None if watched else arrival.number)
        status = 500
        try:
            refusal = await self._gate(Arrived(step, arrival.caller, key, arrival.number))
            if refusal is not None:
                turn.refused(refusal)
            with self._under_way.alone(turn.caller, key):
                answer = await self._work(turn, arrival.seen or await self._look(turn))
            if after is not None and not answer.repeated and answer.status < 400:
                await after()
            result, status = answer_response(answer), answer.status
        except Refusal as refused:
            result, status = response(refused), refused.status
        finally:
            if turn.number is not None:
                await answered(self._database, turn.number, status)
        return result

    async def _look(self, turn: _Turn) -> Told:
        return await steps.look(self._database, turn.caller, turn.key, turn.wanted)

    async def _work(self, turn: _Turn, seen: Told) -> Answer:
        for _ in range(MAX_OVERTAKEN):
            if "facts" not in seen:
                return await self._known(turn, seen)
            facts = facts_of(seen["facts"], turn.caller, self._books)
            try:
                decided = await self._decide(turn, facts)
            except MissingDebt:
                break
            settled = await steps.settle(self._database, _settling(turn, facts, decided, turn.number))
            if "refused" in settled:
                turn.number = None
            if "changed" not in settled:
                return await self._settled(turn, decided, settled)
            seen = await self._look(turn)
        return await self._work_locked(turn)

    async def _work_locked(self, turn: _Turn) -> Answer:
        async def transaction(session: AsyncSession) -> Answer:
            connection = await session.connection()
            for _ in range(MAX_LOCKED):
                seen = await steps.look_locked(connection, turn.caller, turn.key, turn.wanted)
                answer = await self._answered_locked(turn, seen, session, connection)
                if answer is not None:
                    return answer
            raise AssertionError("what was read is locked")

        return await self._database.run(transaction)

    async def _answered_locked(
        self, turn: _Turn, seen: Told, session: AsyncSession, connection: AsyncConnection
    ) -> Answer | None:
        """The answer, or None when what was read has to be read again; by then it is locked."""
        if "facts" not in seen:
            return await self._known(turn, seen)
        facts = facts_of(seen["facts"], turn.caller, self._books)
        try:
            decided = await self._decide(turn, facts, connection)
        except MissingDebt as missing:
            await open_debt(session, missing.number)
            return None
        settled = await steps.settle_locked(connection, _settling(turn, facts, decided, None))
        return None if "changed" in settled else await self._settled(turn, decided, settled)

    async def _decide(self, turn: _Turn, facts: Facts, connection: AsyncConnection | None = None) -> Decided:
        """What is to be done; a refusal that says something about the state is an answer too."""
        try:
            return await self._with_books(turn.decide, facts, connection)
        except NOT_STORED:
            raise
        except Refusal as refusal:
            return refusal_decided(refusal)

    async def _with_books(self, decide: Decide, facts: Facts, connection: AsyncConnection | None) -> Decided:
        while True:
            try:
                return decide(facts)
            except MissingBook as missing:
                if connection is not None:
                    self._books[missing.code] = await steps.shards(connection, missing.code)
                    continue
                async with self._database.reading() as session:
                    self._books[missing.code] = await steps.shards(await session.connection(), missing.code)

    async def _settled(self, turn: _Turn, decided: Decided, settled: Told) -> Answer:
        if "refused" not in settled:
            return await self._known(turn, settled)
        reason = settled["refused"]
        if reason is None:
            return Answer(decided.status, dict(decided.body), repeated=False)
        refusal = ledger_refusals()[RefusalReason(reason)]
        return Answer(refusal.status, problem_body(refusal), repeated=False)

    async def _known(self, turn: _Turn, seen: Told) -> Answer:
        """The answer that was given before; raises the `Refusal` that comes in place of any."""
        if "answer" in seen:
            found = seen["answer"]
            return stored_answer(bytes.fromhex(found["fingerprint"]), found["status"], found["body"], turn.digest)
        if "wait_s" in seen:
            raise too_many_wrong_codes(seen["wait_s"])
        assert "busy" in seen, seen.keys()
        raise in_progress()


def _settling(turn: _Turn, facts: Facts, decided: Decided, number: int | None) -> Settling:
    plan = decided.plan.as_json(facts) | {"status": decided.status, "body": dict(decided.body)}
    return Settling(turn.caller, turn.key, turn.digest, plan, number)
