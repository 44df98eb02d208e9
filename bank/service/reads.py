"""Asking a bank that misbehaves when it is asked too: late, busy, silent, or answering something else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from starlette.responses import Response

from bank.service.acts.behaviours import draw_for_request, misbehaves_when_asked
from bank.service.replies import reply, stop_at
from bank.service.rules.behaviours import ASK, Drawn
from bank.service.silence import Stopping, stay_silent
from domain.errors import Unavailable
from edge.database import Database
from edge.idempotency import Answer


class Reads:
    """One per program: what marketplaces are told about their requests and operations."""

    def __init__(self, database: Database, stopping: Stopping) -> None:
        self._database = database
        self._stopping = stopping

    async def meet(self, bank_id: int | None) -> Drawn:
        """What a question to this bank meets, its delay waited for; raises the `Refusal` that comes before an answer.

        Only rules that name the step `ask` apply to questions, so that a plan for writes is not used up by them.
        """
        if bank_id is None:
            return Drawn()
        async with self._database.reading() as session:
            if not await misbehaves_when_asked(session, bank_id):
                return Drawn()
        drawn = await self._database.run(lambda session: draw_for_request(session, bank_id, ASK))
        if drawn.delay_s and await self._stopping.within(drawn.delay_s):
            raise Unavailable("stopping", "The bank is being restarted.", 1)
        stop_at(drawn.gate)
        return drawn

    async def answer(self, request: Request, drawn: Drawn, body: Mapping[str, Any]) -> Response:
        """Answers a question with `body`, or as `drawn` says."""
        result = reply(drawn.reply, Answer(200, dict(body), repeated=True))
        if drawn.reply is not None and drawn.reply["do"] == "lose":
            await stay_silent(request, self._stopping)
        return result
