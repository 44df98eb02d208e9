"""Faults before the work of a request: a delay, a refusal, a failure."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import ClassVar

from bank.service.faults.accounts import draw_for_account
from bank.service.faults.behaviours import bank_asked, behaviour_of, draw_for_request, misbehaves_when_asked
from bank.service.faults.replies import refusal_of, stop_at
from bank.service.faults.rules import ASK, Drawn
from bank.service.faults.silence import Stopping
from bank.service.requests.gate import Arrived, Gate, UnderWay
from domain.errors import Refusal, Unavailable
from edge.database import Database


@dataclass(slots=True)
class Meeting:
    """The faults of one request: recorded at the gate, applied by the middleware once the program has answered.

    `arrived` is None until the request has come to the gate; one that never does is left alone.
    """

    arrived: Arrived | None = None
    drawn: Drawn = field(default_factory=Drawn)


MEETING: ContextVar[Meeting] = ContextVar("meeting")


class FaultGate(Gate):
    """One per program; requires `Misbehaving` around it. `delay_s`: of slow test accounts."""

    watched: ClassVar[bool] = True

    def __init__(self, database: Database, stopping: Stopping, under_way: UnderWay, delay_s: float) -> None:
        self._database = database
        self._stopping = stopping
        self._under_way = under_way
        self._delay_s = delay_s

    async def __call__(self, arrived: Arrived) -> Refusal | None:
        """The refusal in place of the work; raises the one that precedes it, after the delay."""
        meeting = MEETING.get()
        meeting.arrived = arrived
        question = arrived.number is None
        drawn = await (self._draw_for_question(arrived) if question else self._draw(arrived))
        meeting.drawn = drawn
        if question or arrived.key is None:
            await self._wait(drawn.delay_s)
        else:
            with self._under_way.alone(arrived.caller, arrived.key):  # it holds no transaction, and so no lock
                await self._wait(drawn.delay_s)
        stop_at(drawn.gate)
        return refusal_of(drawn.gate)

    async def _draw(self, arrived: Arrived) -> Drawn:
        bank_id, step = arrived.step.bank_id, arrived.step.name
        if bank_id is None:
            return Drawn()
        by_account = await draw_for_account(self._database, arrived, self._delay_s)
        if by_account is not None:
            return by_account
        async with self._database.reading() as session:
            found = await behaviour_of(session, bank_id)
        if found is None:
            return Drawn()
        drawn = Drawn()
        if found.rules:
            drawn = await self._database.run(lambda session: draw_for_request(session, bank_id, step))
        slow = not found.steps or step in found.steps
        return replace(drawn, delay_s=drawn.delay_s + found.slow_ms / 1000) if slow else drawn

    async def _draw_for_question(self, arrived: Arrived) -> Drawn:
        """Only rules that name the step `ask` apply to questions, so that a plan for writes is not used up by them."""
        bank_id = arrived.step.bank_id
        async with self._database.reading() as session:
            if bank_id is None and arrived.key is not None:
                bank_id = await bank_asked(session, arrived.caller, arrived.key)
            if bank_id is None or not await misbehaves_when_asked(session, bank_id):
                return Drawn()
        asked = bank_id
        return await self._database.run(lambda session: draw_for_request(session, asked, ASK))

    async def _wait(self, delay_s: float) -> None:
        if delay_s and await self._stopping.within(delay_s):
            raise Unavailable("stopping", "The bank is being restarted; nothing was done.", 1)
