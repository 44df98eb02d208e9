"""The path of messages: in groups, key and answer committed with the message; only then it is passed on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog

from domain.errors import Conflict, Refusal
from edge.database import Database
from edge.grouping import Groups
from edge.idempotency import Answer, Keyed, Names, fingerprint, once_each
from edge.plain import Plain
from edge.wire import Wire, utc
from market.actor import Actor
from market.messages import Admitted, Said, Saying, admit_each, said, say_each
from store.deals.chats import Credential
from store.deals.messages import Message, history_each
from store.operations.idempotency import ANSWERS

log = structlog.get_logger()

PassOn = Callable[[dict[str, Any]], Awaitable[None]]
"""Sends a stored message to those who are at its chat."""


class MessageOut(Wire):
    """`number` counts the messages of the chat from 1. `masked`: what looked like a confirmation code was left out."""

    id: str
    chat_id: str
    number: int
    author: str
    user_id: str
    text: str
    masked: bool
    sent_at: str

    @classmethod
    def of(cls, one: Said) -> MessageOut:
        row = one.row
        return cls(
            id=str(row.id),
            chat_id=str(row.deal_id),
            number=row.number,
            author=one.party.value,
            user_id=str(row.author_id),
            text=row.text,
            masked=row.masked,
            sent_at=utc(row.created_at),
        )


@dataclass(frozen=True, slots=True)
class _Asked:
    saying: Saying
    keyed: Keyed


@dataclass(frozen=True, slots=True)
class Wanted:
    """Messages of a deal with a greater number than `after`, at most `limit`."""

    deal_id: UUID
    buyer_id: UUID
    after: int


class Messages:
    """Requests that arrive while a group is being committed form the next one: one transaction for all of them."""

    PAGE = 200

    def __init__(self, database: Database, pepper: bytes) -> None:
        self._pepper = pepper
        self._saying: Groups[_Asked, Answer] = Groups(
            database, _say, lambda asked: (asked.keyed.caller, asked.keyed.key)
        )
        # Reading twice does no harm, so requests need not wait for each other.
        self._admitting = Groups(database, admit_each, lambda asked: object(), at_once=True)
        self._reading: Groups[Wanted, list[dict[str, Any]]] = Groups(
            database, _read, lambda wanted: object(), max_group=20, at_once=True
        )
        self._under_way: set[asyncio.Task[Answer]] = set()
        self.pass_on: PassOn | None = None
        """Set by the front that has people at chats."""

    async def say(self, saying: Saying, caller: str, key: str, digest: bytes) -> Answer:
        """Stores a message once per key of the caller, and passes it on; a repeat gets the first answer.

        The answer is a `MessageOut`, or a refusal that depends on the state. Raises other refusals of `say_each`, and
        those about the key.
        """
        task = asyncio.create_task(self._say(_Asked(saying, Keyed(caller, key, digest))))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        # A caller who goes away after the commit does not keep the message from the others.
        return await asyncio.shield(task)

    async def say_as(self, user_id: UUID, deal_id: UUID, text: str, key: str) -> Answer:
        """A party says something, on a socket or by a form, under its own name for the message.

        Sent again by either, it is said once: a key is one per chat and author, and stands for one text. As `say`.
        """
        digest = fingerprint(self._pepper, "SAY", str(deal_id), text)
        saying = Saying(Actor(None, user_id, deal_id), deal_id, user_id, text)
        return await self.say(saying, f"chat/{deal_id}/{user_id}", key, digest)

    async def _say(self, asked: _Asked) -> Answer:
        answer = await self._saying.ask(asked)
        if self.pass_on is not None and answer.status < 400 and not answer.repeated:
            try:
                await self.pass_on(answer.body)
            except Exception as error:  # noqa: BLE001  # it is stored: those who were not reached will read it
                log.warning("message_not_passed_on", chat=answer.body["chat_id"], error=type(error).__name__)
        return answer

    async def admit(self, credential: Credential, deal_id: UUID) -> tuple[Admitted, UUID]:
        """As `admit_each`, for one: who is admitted, and the deal's buyer."""
        return await self._admitting.ask((credential, deal_id))

    async def after(self, wanted: Wanted) -> list[dict[str, Any]]:
        """At most `PAGE` messages, as `MessageOut`, oldest first."""
        return await self._reading.ask(wanted)

    async def drain(self) -> None:
        if self._under_way:
            await asyncio.wait(self._under_way)
        for groups in (self._saying, self._admitting, self._reading):
            await groups.drain()


def must_be_said(answer: Answer) -> None:
    """Raises the refusal that was stored as the answer to a message, as a `Conflict`."""
    if answer.status >= 400:
        raise Conflict(answer.body["code"], answer.body["detail"], answer.body.get("field"))


async def _say(connection: Plain, group: Sequence[_Asked]) -> list[Answer | Refusal]:
    async def say(places: Sequence[int]) -> list[Answer | Refusal]:
        return [_answer(one) for one in await say_each(connection, [group[place].saying for place in places])]

    return await once_each(connection, ANSWERS, [asked.keyed for asked in group], say)


def _answer(one: Said | Refusal) -> Answer | Refusal:
    if isinstance(one, Refusal):
        return one
    return Answer(201, MessageOut.of(one).model_dump(mode="json"), names=Names(Message.__tablename__, str(one.row.id)))


async def _read(connection: Plain, group: Sequence[Wanted]) -> list[list[dict[str, Any]]]:
    found = await history_each(connection, [(wanted.deal_id, wanted.after) for wanted in group], Messages.PAGE)
    return [
        [MessageOut.of(said(row, wanted.buyer_id)).model_dump(mode="json") for row in rows]
        for wanted, rows in zip(group, found, strict=True)
    ]
