from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from api.fields import PageOut, PartyIn
from domain.messages import MAX_MESSAGES, MAX_TEXT
from edge.wire import Said, Wire
from fronts.messages import MessageOut
from market.messages import Chat, Side


class MessageIn(PartyIn):
    text: Annotated[Said, Field(min_length=1, max_length=MAX_TEXT)]


class ReadIn(PartyIn):
    number: Annotated[int, Field(ge=1, le=MAX_MESSAGES, description="Of the last message that was read.")]


class SideOut(Wire):
    """`read` is the number of the last message that the party has read, `unread` how many of the other's it has not."""

    party: Literal["buyer", "seller"]
    user_id: str
    read: int
    unread: int

    @classmethod
    def of(cls, side: Side) -> SideOut:
        return cls(party=side.party.value, user_id=str(side.user_id), read=side.read, unread=side.unread)


class ChatOut(Wire):
    """`chat_id` is the id of the deal."""

    chat_id: str
    messages: int
    sides: list[SideOut]

    @classmethod
    def of(cls, chat: Chat) -> ChatOut:
        return cls(chat_id=str(chat.deal_id), messages=chat.messages, sides=[SideOut.of(side) for side in chat.sides])


class MessagesOut(PageOut[MessageOut]):
    pass
