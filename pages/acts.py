"""The path of every form that changes something: once per key of the form."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from edge.idempotency import Answer, fingerprint
from fronts.writes import Reply, replied
from market.acts import Outcome, Work
from pages.visit import Known

T = TypeVar("T")


def done(
    act: Callable[[AsyncSession], Awaitable[Outcome[T]]], show: Callable[[T], Mapping[str, object]] = lambda _: {}
) -> Work:
    """An act, and what the page needs of its value: usually nothing but that it was done."""

    async def reply(session: AsyncSession, value: T) -> Reply:
        return 200, show(value)

    return replied(act, reply)


async def act(known: Known, key: str, fields: Mapping[str, str], work: Work) -> Answer:
    """Runs `work` in one transaction, exactly once per `key` of this visitor; a repeat gets the first answer.

    A key names a position (`pay/{deal}/3`), not a rendering: a reload, a double click, the back button and a second tab
    all send the same one. Raises the `Refusal` of `work`, which is not stored: the form may be sent again and then
    succeed; `Malformed` idempotency_key_reused when the form was sent before with other fields, `Conflict`
    request_in_progress.
    """
    services = known.visit.services
    return await services.acts.run(known.visitor.caller, key, _digest(known, fields), work, store_refusals=False)


def name_of_try(known: Known, what: str, fields: Mapping[str, str]) -> str:
    """The name of a try of a code, of its form's `key` and what was entered.

    A double click is one try. Another code entered in the same form, after the back button, is another one: a name
    that the form alone decided would let it be compared without being counted.
    """
    return f"{what}/{_digest(known, fields).hex()[:32]}"


def _digest(known: Known, fields: Mapping[str, str]) -> bytes:
    pepper = known.visit.services.settings.pepper_bytes
    return fingerprint(pepper, "POST", known.visit.request.url.path, dict(fields))
