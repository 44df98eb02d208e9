"""How one write request is answered: as its work says, or as the behaviour that was drawn for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.background import BackgroundTask
from starlette.responses import Response

from bank.service.acts.callbacks import accept, withheld
from bank.service.calling import Calling
from bank.service.replies import accepted, reply, with_wrong_amount
from bank.service.rules.behaviours import Drawn
from edge.idempotency import Answer, in_progress


@dataclass(frozen=True, slots=True)
class Step:
    """What a write is to its bank: `name` is a step of its behaviour, `bank_id` None when it concerns no bank."""

    name: str
    bank_id: int | None


@dataclass(slots=True)
class Telling:
    """How one request is to be answered by the behaviour that was drawn for it."""

    request: Request
    caller: str
    key: str
    step: Step
    drawn: Drawn
    accepted: bool = False
    operation: str | None = None
    callbacks: list[int] = field(default_factory=list)

    def stored(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """The body as it is stored under the key: with a lie, if the behaviour says so."""
        lies = self.drawn.reply is not None and self.drawn.reply.get("stored") == "lie"
        return with_wrong_amount(body) if lies else body

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

    async def response(self, answer: Answer, calling: Calling) -> Response:
        """The HTTP answer; raises a `Refusal` when it is a failure after the work."""
        if not self.accepted:
            return reply(self.drawn.reply, answer)
        result = accepted(self.operation)
        if self.drawn.reply is not None and self.drawn.reply.get("callback") == "early":
            await calling.finish(self.callbacks)
        else:
            result.background = BackgroundTask(calling.start, self.callbacks)
        return result


class UnderWay:
    """The keys that are being worked on in this program, slow ones included."""

    def __init__(self) -> None:
        self._keys: set[tuple[str, str]] = set()

    @contextmanager
    def alone(self, caller: str, key: str) -> Iterator[None]:
        """Raises `Conflict` `request_in_progress` while the key is being worked on here."""
        # The database's lock decides. This one is for requests that are slow on purpose: they hold no transaction.
        if (caller, key) in self._keys:
            raise in_progress()
        self._keys.add((caller, key))
        try:
            yield
        finally:
            self._keys.discard((caller, key))
