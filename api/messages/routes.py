"""Messages between the buyer and the seller of a deal, which a socket also sends and receives at once."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from api.dependencies import Caller, Requires, RequiresTenant, ServicesOfApp, Tenant
from api.fields import IdInPath, Limit
from api.messages.schemas import ChatOut, MessageIn, MessagesOut, ReadIn
from api.refusals import LIMITED_WRITES, READS, WRITES
from api.writes import Write
from domain.messages import MAX_MESSAGES
from domain.roles import Role, Scope
from edge.documents import refusing
from edge.idempotency import Keyed, fingerprint
from edge.key_header import IdempotencyKey
from edge.problem import answer_response
from fronts.messages import MessageOut
from fronts.paging import PAGE_SIZE
from fronts.writes import written
from market import messages
from market.actor import visible_deal

router = APIRouter(tags=["messages"])

Actor = Annotated[Tenant, Depends(RequiresTenant(scope=Scope.DEALS, client=True))]
Reader = Annotated[Caller, Depends(Requires(scope=Scope.DEALS, client=True, role=Role.OPERATOR))]


@router.post(
    "/deals/{deal_id}/messages",
    summary="Send a message",
    status_code=201,
    response_model=MessageOut,
    responses=refusing(
        LIMITED_WRITES,
        {
            404: "unknown_deal unknown_user",
            409: "not_a_party chat_full",
            422: "too_long",
            429: "too_many_messages",
            503: "overloaded",
        },
    ),
)
async def send_message(
    request: Request, deal_id: IdInPath, body: MessageIn, key: IdempotencyKey, caller: Actor, services: ServicesOfApp
) -> Response:
    """A party writes to the other one. While a payment awaits its code, what has the form of a code is hidden."""
    asked = body.model_dump(mode="json")
    digest = fingerprint(services.settings.pepper_bytes, request.method, request.url.path, asked)
    saying = messages.Saying(caller, deal_id, body.user_id, body.text, Keyed(caller.name, key, digest))
    return answer_response(await services.messages.say(saying))


@router.get(
    "/deals/{deal_id}/messages",
    summary="List a deal's messages",
    responses=refusing(READS, {403: "chat_is_private", 404: "unknown_deal"}),
)
async def list_messages(
    deal_id: IdInPath,
    caller: Reader,
    services: ServicesOfApp,
    after: Annotated[int, Query(ge=0, le=MAX_MESSAGES, description="`number` of the last message that was read.")] = 0,
    limit: Limit = PAGE_SIZE,
) -> MessagesOut:
    """The messages of a deal, oldest first. An operator reads them while the deal is disputed, which is recorded."""
    async with services.database.transaction() as session:
        if caller.operator_id is not None:
            deal = await messages.look_in(session, caller.operator_id, deal_id)
        else:
            deal = await visible_deal(session, caller, deal_id)
        found = await messages.history(session, deal, after, limit + 1)
    return MessagesOut.of(found, limit, MessageOut.of, id_of=lambda one: one.row.number)


@router.get(
    "/deals/{deal_id}/chat", summary="Get the state of a chat", responses=refusing(READS, {404: "unknown_deal"})
)
async def get_chat(deal_id: IdInPath, caller: Actor, services: ServicesOfApp) -> ChatOut:
    """How many messages there are, and what each party has read."""
    async with services.database.snapshot() as session:
        return ChatOut.of(await messages.chat_of(session, await visible_deal(session, caller, deal_id)))


@router.post(
    "/deals/{deal_id}/chat/reading",
    summary="Mark messages as read",
    response_model=ChatOut,
    responses=refusing(WRITES, {404: "unknown_deal unknown_user unknown_message", 409: "not_a_party"}),
)
async def mark_messages_read(deal_id: IdInPath, body: ReadIn, caller: Actor, write: Write) -> Response:
    """A party has read the messages up to a number. No mail reports what was read."""
    act = partial(messages.read, actor=caller, deal_id=deal_id, user_id=body.user_id, number=body.number)
    return await write.answer(caller, body, written(200, act, ChatOut.of))
