"""Faults of an answer that the program has given: sent unchanged, corrupted, deferred, or lost."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bank.service.faults.accepting import accept, falsify, is_false, is_stored, withheld
from bank.service.faults.behaviours import answered
from bank.service.faults.gate import MEETING, Meeting
from bank.service.faults.replies import accepted, reply, with_wrong_amount
from bank.service.faults.rules import Rule
from bank.service.faults.silence import Stopping, stay_silent
from bank.service.outbox.webhooks import WebhookDispatcher
from bank.service.requests.gate import Arrived
from domain.errors import Refusal, Unavailable
from edge.database import OUTAGES, Database, is_outage
from edge.idempotency import Answer
from edge.problem import response


@dataclass(slots=True)
class _Held:
    """The program's answer, held back once its request has come to the gate."""

    meeting: Meeting
    forward: Send
    messages: list[Message] = field(default_factory=list)

    async def send(self, message: Message) -> None:
        if self.meeting.arrived is None:
            await self.forward(message)
        else:
            self.messages.append(message)

    async def release(self) -> None:
        for message in self.messages:
            await self.forward(message)

    @property
    def status(self) -> int:
        return int(self.messages[0]["status"])

    def answer(self) -> Answer:
        """As JSON, the form of every answer to a request that comes to the gate."""
        body = json.loads(b"".join(message.get("body", b"") for message in self.messages[1:]))
        headers = Headers(raw=self.messages[0]["headers"])
        return Answer(self.status, body, repeated="idempotency-replayed" in headers)


@dataclass(frozen=True, slots=True)
class _Reply:
    """What is sent: `instead` of the program's own answer, if that is not None, and webhooks after it; or nothing."""

    instead: Response | None = None
    webhooks: Sequence[int] = ()
    lost: bool = False


class Misbehaving:
    """ASGI middleware around the whole program; what a request meets is drawn at the `FaultGate`."""

    def __init__(self, app: ASGIApp, database: Database, stopping: Stopping, webhooks: WebhookDispatcher) -> None:
        self._app = app
        self._database = database
        self._stopping = stopping
        self._webhooks = webhooks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        meeting = Meeting()
        held = _Held(meeting, send)
        token = MEETING.set(meeting)
        try:
            await self._app(scope, receive, held.send)
        except Exception:  # of a bug: the framework has answered 500 and raises it for the log
            if meeting.arrived is not None:
                await self._closed(meeting.arrived, 500, lose=False)
                await held.release()
            raise
        finally:
            MEETING.reset(token)
        if meeting.arrived is None:
            return
        result = await self._reply_or_outage(scope, meeting.arrived, meeting.drawn.reply, held)
        if result.lost:
            await stay_silent(receive, self._stopping)
        if result.instead is None:
            await held.release()
        else:
            await result.instead(scope, receive, send)
        await self._webhooks.start(result.webhooks)

    async def _reply_or_outage(self, scope: Scope, arrived: Arrived, rule: Rule | None, held: _Held) -> _Reply:
        try:
            return await self._reply(scope, arrived, rule, held)
        except OUTAGES as error:
            if not is_outage(error):
                raise
            return _Reply(response(Unavailable("database_unavailable", "Try again with the same key.", 1)))

    async def _reply(self, scope: Scope, arrived: Arrived, rule: Rule | None, held: _Held) -> _Reply:
        loses = rule is not None and rule["do"] == "lose"
        if arrived.number is None:
            if held.status != 200:
                return _Reply()
            return replace(await self._question(arrived, rule, held.answer()), lost=loses)
        result = await self._write(scope, arrived, rule, held.answer())
        status = held.status if result.instead is None else result.instead.status_code
        return replace(result, lost=await self._closed(arrived, status, lose=loses))

    async def _question(self, arrived: Arrived, rule: Rule | None, answer: Answer) -> _Reply:
        """For an answer that may have been stored before: 202 while it is withheld, a wrong amount if it is false."""
        false = False
        if arrived.key is not None:
            async with self._database.reading() as session:
                kept = await withheld(session, arrived.caller, arrived.key)
                false = await is_false(session, arrived.caller, arrived.key)
            if kept is not None:
                return _Reply(accepted(kept.operation))
        if false:
            answer = replace(answer, body=dict(with_wrong_amount(answer.body)))
        return _replied(rule, answer) if false or rule is not None else _Reply()

    async def _write(self, scope: Scope, arrived: Arrived, rule: Rule | None, answer: Answer) -> _Reply:
        """Of a write. Refusals that are stored for no key, and failures, are left as they are."""
        if answer.repeated:
            return await self._question(arrived, rule, answer)
        if rule is None or arrived.key is None:
            return _Reply()
        key = arrived.key
        async with self._database.reading() as session:
            if not await is_stored(session, arrived.caller, key, answer):
                return _Reply()
        if rule["do"] == "accept":
            return await self._accepted(scope, arrived, key, rule, answer)
        if rule.get("stored") == "lie":
            await self._database.run(lambda session: falsify(session, arrived.caller, key))
        return _replied(rule, answer)

    async def _accepted(self, scope: Scope, arrived: Arrived, key: str, rule: Rule, answer: Answer) -> _Reply:
        bank_id, caller = arrived.step.bank_id, arrived.caller
        if bank_id is None:
            return _Reply()
        done = answer.status < 400
        operation = _operation_of(scope, answer) if done else None
        status = "done" if done else "refused"
        numbers = await self._database.run(
            lambda session: accept(session, bank_id, caller, key, operation, status, rule)
        )
        if rule["webhook"] != "early":
            return _Reply(accepted(operation), numbers)
        await self._webhooks.finish(numbers)
        return _Reply(accepted(operation))

    async def _closed(self, arrived: Arrived, status: int, *, lose: bool) -> bool:
        """Closes a write in the journal with the answer sent; true when that is lost instead."""
        return arrived.number is not None and await answered(self._database, arrived, status, lose=lose)


def _replied(rule: Rule | None, answer: Answer) -> _Reply:
    try:
        return _Reply(reply(rule, answer))
    except Refusal as refusal:  # a failure after the work
        return _Reply(response(refusal))


def _operation_of(scope: Scope, answer: Answer) -> str | None:
    """The operation that the request named, or that its answer does: an operation, or a payment."""
    named = scope.get("path_params", {}).get("operation_key")
    operation: str | None = named or answer.body.get("key") or answer.body.get("operation_key")
    return operation
