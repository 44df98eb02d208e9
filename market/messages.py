"""Messages of the two parties of a deal. Every front says, reads and counts them by these acts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.agreements import Party
from domain.deals import DealState
from domain.errors import Conflict, Forbidden, NotFound, Refusal, Unauthenticated
from domain.messages import hide_codes, may_be_said
from domain.rate_limits import MESSAGES_OF_PERSON, too_many_messages
from edge.idempotency import Answer, Keyed, as_answer, store_each
from edge.plain import Statements
from market.actor import Actor, only_oneself, visible_deal
from market.acts import Outcome
from store.deals import chats
from store.deals import messages as rows
from store.deals import saying as storing
from store.deals.agreements import party_of
from store.deals.chats import Credential, record_reading
from store.deals.deals import Deal, lock_deal, record_event
from store.operations.idempotency import ANSWERS
from store.people.users import user_of


@dataclass(frozen=True, slots=True)
class Saying:
    """`text`, to be said by a user in the chat of a deal, on behalf of `actor`, once per key.

    With a `credential` only while that is valid.
    """

    actor: Actor
    deal_id: UUID
    user_id: UUID
    text: str
    keyed: Keyed
    credential: Credential | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """A stored message, and which party said it."""

    row: Any
    party: Party


@dataclass(frozen=True, slots=True)
class Side:
    """What one party has read: up to which number, and how many messages of the other party not."""

    party: Party
    user_id: UUID
    read: int
    unread: int


@dataclass(frozen=True, slots=True)
class Chat:
    """The chat of a deal, which need not have messages yet."""

    deal_id: UUID
    messages: int
    sides: tuple[Side, Side]


@dataclass(frozen=True, slots=True)
class Admitted:
    """Who may be at a chat: a party, or an operator, who only reads."""

    user_id: UUID | None
    operator_id: UUID | None

    @property
    def person(self) -> str:
        return f"user/{self.user_id}" if self.operator_id is None else f"operator/{self.operator_id}"


@dataclass(frozen=True, slots=True)
class Come:
    """Somebody who may be at the chat of a deal with this buyer, and the first of the messages that they do not have.

    An operator has none yet: `look_in` comes first.
    """

    who: Admitted
    buyer_id: UUID
    page: list[Said]


async def say_each(connection: Statements, sayings: Sequence[Saying]) -> list[Said | Answer | Refusal]:
    """Stores each message with a number of its own, without what has the form of a code that may still be used.

    A known key gets its first answer. A refused message does not affect the others; the refusal is stored as an
    answer, unless it is one of `NOT_STORED`. Refusals: `NotFound` unknown_deal, unknown_user, `Conflict` not_a_party,
    chat_full, `Malformed` too_long, `TooMany` too_many_messages, `Unauthenticated` bad_access_token, and those about
    the key.

    Each statement may commit by itself: the last one stores messages and answers together. If it fails on a key that
    was answered meanwhile, all is to be done again.
    """
    asked = [
        storing.Asked(saying.deal_id, saying.user_id, saying.actor.marketplace_id, saying.credential, saying.keyed)
        for saying in sayings
    ]
    messages: Counter[UUID] = Counter()
    of_user: Counter[UUID] = Counter()
    answers: dict[int, Said | Answer | Refusal] = {}
    refused: dict[int, Answer | Refusal] = {}
    new: dict[int, tuple[storing.New, Party]] = {}
    for place, (saying, facts) in enumerate(zip(sayings, await storing.facts_each(connection, asked), strict=True)):
        if saying.credential is not None and facts.login_user_id != saying.user_id:
            answers[place] = _bad_token()
            continue
        if facts.first is not None:
            answers[place] = facts.first
            continue
        before, lately = facts.messages + messages[saying.deal_id], facts.lately + of_user[saying.user_id]
        try:
            new[place] = _new(saying, facts, before, lately)
        except Refusal as refusal:
            answers[place] = refused[place] = as_answer(refusal)
        else:
            messages[saying.deal_id] += 1
            of_user[saying.user_id] += 1
    await store_each(connection, ANSWERS, [(sayings[place].keyed, answer) for place, answer in refused.items()])
    stored = await storing.store_each(connection, [one for one, _ in new.values()])
    answers |= {place: Said(row, party) for (place, (_, party)), row in zip(new.items(), stored, strict=True)}
    return [answers[place] for place in range(len(sayings))]


def _new(saying: Saying, facts: storing.Facts, before: int, lately: int) -> tuple[storing.New, Party]:
    party = _party(saying, facts)
    may_be_said(saying.text, before)
    if lately >= MESSAGES_OF_PERSON.most:
        raise too_many_messages(int(MESSAGES_OF_PERSON.window.total_seconds()))
    text = hide_codes(saying.text) if facts.awaits_code else saying.text
    reader = facts.seller_id if party is Party.BUYER else facts.buyer_id
    assert reader is not None
    new = storing.New(saying.deal_id, saying.user_id, reader, party.value, text, text != saying.text, saying.keyed)
    return new, party


def _party(saying: Saying, facts: storing.Facts) -> Party:
    actor, deal_id = saying.actor, saying.deal_id
    sides = {facts.buyer_id: Party.BUYER, facts.seller_id: Party.SELLER}
    hidden = actor.user_id is not None and actor.user_id not in sides
    if facts.buyer_id is None or hidden or actor.deal_id not in (None, deal_id):
        raise _unknown_deal()
    only_oneself(actor, saying.user_id, "user_id")
    if saying.user_id not in sides:
        raise Conflict("not_a_party", "Only the buyer and the seller write about their deal.", "user_id")
    return sides[saying.user_id]


async def read(session: AsyncSession, actor: Actor, deal_id: UUID, user_id: UUID, number: int) -> Outcome[Chat]:
    """The user has read the chat up to a message. What was read before stays read.

    Raises `NotFound` unknown_deal, unknown_user, unknown_message, `Conflict` not_a_party.
    """
    only_oneself(actor, user_id, "user_id")
    deal = await visible_deal(session, actor, deal_id)
    party_of(deal, await user_of(session, actor.marketplace_id, user_id, "user_id"))
    if number > await rows.count_of(session, deal_id, lock=True):
        raise NotFound("unknown_message", "The chat has no message with this number yet.", "number")
    await rows.mark_read(session, deal_id, user_id, number)
    return Outcome(await chat_of(session, deal), deal)


async def chat_of(session: AsyncSession, deal: Deal) -> Chat:
    """How many messages there are, and what each party has read."""
    sides = await rows.sides_of(session, deal.id)

    def side(party: Party, user_id: UUID) -> Side:
        known = sides.get(user_id)
        return Side(party, user_id, known.read if known else 0, known.unread if known else 0)

    both = side(Party.BUYER, deal.buyer_id), side(Party.SELLER, deal.seller_id)
    return Chat(deal.id, await rows.count_of(session, deal.id), both)


async def history(session: AsyncSession, deal: Deal, after: int, limit: int) -> list[Said]:
    """At most `limit` messages of a deal with a greater number than `after`, oldest first."""
    [found] = await rows.history_each(await session.connection(), [(deal.id, after)], limit)
    return [said(row, deal.buyer_id) for row in found]


def said(row: Any, buyer_id: UUID) -> Said:
    """A stored message of a deal with this buyer."""
    return Said(row, Party.BUYER if row.author_id == buyer_id else Party.SELLER)


async def look_in(session: AsyncSession, operator_id: UUID, deal_id: UUID) -> Deal:
    """An operator begins to read the chat of a disputed deal; it is recorded, and is an event of the deal.

    Raises `NotFound` unknown_deal, `Forbidden` chat_is_private.
    """
    deal = await lock_deal(session, deal_id)
    may_look_in(deal.state)
    if await record_reading(session, deal_id, operator_id):
        record_event(session, deal, "deal.chat_read", operator=str(operator_id))
        await session.flush()
    return deal


def may_look_in(state: str) -> None:
    """Operators read a chat while the deal is disputed. Raises `Forbidden` chat_is_private."""
    if state != DealState.DISPUTED:
        raise Forbidden("chat_is_private", "A chat is its parties' own, unless the deal is disputed.")


async def admit_each(
    connection: Statements, asked: Sequence[tuple[Credential, UUID]]
) -> list[tuple[Admitted, UUID] | Refusal]:
    """Whether each credential admits to the chat of a deal now: who it is, and the deal's buyer.

    Refusals: `Unauthenticated` bad_access_token, `NotFound` unknown_deal, `Forbidden` chat_is_private.
    """
    return [_admitted(row) for row in await chats.at_the_door(connection, asked)]


async def come_each(
    connection: Statements, asked: Sequence[tuple[Credential, UUID, int]], limit: int
) -> list[Come | Refusal]:
    """As `admit_each` for each (credential, deal, number), with messages of the deal with a greater number."""
    answers: list[Come | Refusal] = []
    for row, page in await chats.come_each(connection, asked, limit):
        one = _admitted(row)
        if isinstance(one, Refusal):
            answers.append(one)
        else:
            who, buyer_id = one
            answers.append(Come(who, buyer_id, [said(message, buyer_id) for message in page]))
    return answers


def _admitted(row: Any) -> tuple[Admitted, UUID] | Refusal:
    if row.user_id is None and row.operator_id is None:
        return _bad_token()
    if row.buyer_id is None or (row.operator_id is None and row.user_id not in (row.buyer_id, row.seller_id)):
        return _unknown_deal()
    if row.operator_id is not None:
        try:
            may_look_in(row.state)
        except Forbidden as refusal:
            return refusal
    return Admitted(row.user_id, row.operator_id), row.buyer_id


def _bad_token() -> Unauthenticated:
    return Unauthenticated("bad_access_token", "The access token is wrong, over or ended: refresh it, or log in.")


def _unknown_deal() -> NotFound:
    return NotFound("unknown_deal", "There is no such deal.")
