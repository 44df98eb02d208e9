"""Messages of a deal: at the deal's page, and all of them at a page of their own. With script they are a chat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from domain.agreements import Party
from domain.errors import Conflict, Malformed, Refusal, TooMany
from domain.messages import MAX_MESSAGES, MAX_TEXT
from edge.wire import Said as SaidText
from fronts.messages import must_be_said
from market.messages import Said, chat_of, read, said
from pages.forms import Form, simple
from pages.visit import Client, Known
from store.deals.deals import Deal, deal_of_party
from store.deals.messages import latest
from store.people.users import user_of

router = APIRouter()

AT_THE_DEAL: Final = 20
PAGE_SIZE: Final = 100
_LONGEST_KEY: Final = 64

Before = Annotated[int | None, Query(ge=1, le=MAX_MESSAGES + 1)]


def _key(typed: str) -> str:
    if not 1 <= len(typed) <= _LONGEST_KEY or not typed.isascii() or not typed.isprintable() or " " in typed:
        raise Malformed("bad_form", "Invalid form submission.")
    return typed


class MessageForm(Form):
    """`key` names the message: a form that is sent twice says it once, also when a script has said it before."""

    text: Annotated[SaidText, Field(max_length=MAX_TEXT)]
    key: Annotated[str, simple(_key)]


@dataclass(frozen=True, slots=True)
class Conversation:
    """Messages of a deal as a party sees them, oldest first."""

    deal: Deal
    messages: list[Said]
    party: Party
    other: str
    """The name of the other party."""
    older: int | None
    """The number before which there are older ones."""

    @property
    def last(self) -> int:
        return self.messages[-1].row.number if self.messages else 0


async def conversation(
    session: AsyncSession, known: Known, deal: Deal, before: int | None = None, size: int = AT_THE_DEAL
) -> Conversation:
    """The newest messages before a number. A party that opens a page has read what is there."""
    visitor = known.visitor
    buying = deal.buyer_id == visitor.user_id
    found = await latest(session, deal.id, before, size + 1)
    shown = [said(row, deal.buyer_id) for row in reversed(found[:size])]
    if before is None and shown and _opened(known):
        chat = await chat_of(session, deal)
        if any(side.user_id == visitor.user_id and side.unread for side in chat.sides):
            await read(session, visitor.actor, deal.id, visitor.user_id, shown[-1].row.number)
    other = await user_of(session, visitor.marketplace_id, deal.seller_id if buying else deal.buyer_id)
    party = Party.BUYER if buying else Party.SELLER
    return Conversation(deal, shown, party, other.name, shown[0].row.number if len(found) > size else None)


def _opened(known: Known) -> bool:
    """Whether a person opened the page; a script that renews it in the background says `empty` (Fetch Metadata)."""
    request = known.visit.request
    return request.method == "GET" and request.headers.get("sec-fetch-dest") != "empty"


@router.get("/deals/{deal_id}/messages")
async def all_messages(known: Client, deal_id: UUID, before: Before = None) -> Response:
    return await _page(known, deal_id, before)


@router.post("/deals/{deal_id}/messages")
async def say(known: Client, deal_id: UUID) -> Response:
    fields, visitor = await known.visit.form(*MessageForm.names()), known.visitor
    async with known.visit.transaction() as session:
        await deal_of_party(session, visitor.user_id, deal_id)
    try:
        typed = MessageForm.read(fields)
        services = known.visit.services
        must_be_said(await services.messages.say_as(visitor.user_id, deal_id, typed.text, typed.key))
    except (Conflict, Malformed, TooMany) as refusal:
        return await _page(known, deal_id, None, refusal, fields)
    return known.visit.to(f"/deals/{deal_id}#chat")


async def _page(
    known: Known,
    deal_id: UUID,
    before: int | None,
    refusal: Refusal | None = None,
    fields: dict[str, str] | None = None,
) -> Response:
    async with known.visit.transaction() as session:
        deal = await deal_of_party(session, known.visitor.user_id, deal_id)
        chat = await conversation(session, known, deal, before, PAGE_SIZE)
    return known.visit.page("messages/all.html", deal=deal, chat=chat, fields=fields or {}, refusal=refusal)
