"""The path of messages: in groups, key and answer committed with the message; only then it is passed on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

import structlog

from domain.errors import Conflict, Refusal
from edge.database import Database
from edge.grouping import Groups
from edge.idempotency import Answer, Keyed, fingerprint
from edge.plain import Plain
from edge.wire import Wire, utc
from market.actor import Actor
from market.messages import Admitted, Come, Said, Saying, admit_each, come_each, said, say_each
from store.deals.chats import Credential
from store.deals.messages import history_each

log = structlog.get_logger()

PassOn = Callable[[Sequence[dict[str, Any]]], None]
"""Sends stored messages to those who are at their chats."""


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
        return cls(**shown(one))


def shown(one: Said) -> dict[str, Any]:
    """A `MessageOut` as JSON. The answer to a key is stored in the same form by the statement that stores messages."""
    row = one.row
    return {
        "id": str(row.id),
        "chat_id": str(row.deal_id),
        "number": row.number,
        "author": one.party.value,
        "user_id": str(row.author_id),
        "text": row.text,
        "masked": row.masked,
        "sent_at": utc(row.created_at),
    }


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
        self._database = database
        self._pepper = pepper
        self._saying: Groups[Saying, Answer] = Groups(
            database,
            _say,
            lambda saying: (saying.keyed.caller, saying.keyed.key),
            at_once=True,
            then=self._pass_on,
        )
        # Reading twice does no harm, so requests need not wait for each other.
        self._admitting = Groups(database, admit_each, lambda asked: object(), at_once=True)
        self._coming: Groups[tuple[Credential, UUID, int], Come] = Groups(
            database, partial(come_each, limit=self.PAGE), lambda asked: object(), max_group=20, at_once=True
        )
        self._reading: Groups[Wanted, list[dict[str, Any]]] = Groups(
            database, _read, lambda wanted: object(), max_group=20, at_once=True
        )
        self.pass_on: PassOn | None = None
        """Set by the front that has people at chats."""

    async def say(self, saying: Saying) -> Answer:
        """Stores a message once per key of its caller, and passes it on; a repeat gets the first answer.

        The answer is a `MessageOut`, or a refusal that depends on the state. Raises other refusals of `say_each`.
        """
        return await self._saying.ask(saying)

    async def say_as(
        self, user_id: UUID, deal_id: UUID, text: str, key: str, credential: Credential | None = None
    ) -> Answer:
        """A party says something, on a socket or by a form, under its own name for the message.

        Sent again by either, it is said once: a key is one per chat and author, and stands for one text. As `say`.
        """
        digest = fingerprint(self._pepper, "SAY", str(deal_id), text)
        keyed = Keyed(f"chat/{deal_id}/{user_id}", key, digest)
        return await self.say(Saying(Actor(None, user_id, deal_id), deal_id, user_id, text, keyed, credential))

    def _pass_on(self, answers: Sequence[Answer]) -> None:
        # When the group is committed, for all of its messages: nobody waits for it, and no caller's end prevents it.
        said = [one.body for one in answers if one.status < 400 and not one.repeated]
        if self.pass_on is not None and said:
            try:
                self.pass_on(said)
            except Exception as error:  # noqa: BLE001  # they are stored: those who were not reached will read them
                log.warning("messages_not_passed_on", messages=len(said), error=type(error).__name__)

    async def admit(self, credential: Credential, deal_id: UUID) -> tuple[Admitted, UUID]:
        """As `admit_each`, for one: who is admitted, and the deal's buyer."""
        return await self._admitting.ask((credential, deal_id))

    async def come(self, credential: Credential, deal_id: UUID, after: int) -> Come:
        """As `come_each`, for one, with at most `PAGE` messages."""
        return await self._coming.ask((credential, deal_id, after))

    async def admit_all(self, asked: Sequence[tuple[Credential, UUID]]) -> list[tuple[Admitted, UUID] | Refusal]:
        """As `admit_each`: one statement for all of them."""
        return await self._database.run_plain(partial(admit_each, asked=asked), at_once=True)

    async def after(self, wanted: Wanted) -> list[dict[str, Any]]:
        """At most `PAGE` messages, as `MessageOut`, oldest first."""
        return await self._reading.ask(wanted)

    async def drain(self) -> None:
        for groups in (self._saying, self._admitting, self._coming, self._reading):
            await groups.drain()


def must_be_said(answer: Answer) -> None:
    """Raises the refusal that was stored as the answer to a message, as a `Conflict`."""
    if answer.status >= 400:
        raise Conflict(answer.body["code"], answer.body["detail"], answer.body.get("field"))


async def _say(connection: Plain, group: Sequence[Saying]) -> list[Answer | Refusal]:
    return [Answer(201, shown(one)) if isinstance(one, Said) else one for one in await say_each(connection, group)]


async def _read(connection: Plain, group: Sequence[Wanted]) -> list[list[dict[str, Any]]]:
    found = await history_each(connection, [(wanted.deal_id, wanted.after) for wanted in group], Messages.PAGE)
    return [[shown(said(row, wanted.buyer_id)) for row in rows] for wanted, rows in zip(group, found, strict=True)]
