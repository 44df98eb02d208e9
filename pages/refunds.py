"""A seller refunds a deal, in whole or in part; a payer whose account is closed names another target."""

from __future__ import annotations

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from domain.errors import Conflict, Malformed, NotFound
from domain.limits import MAX_REASON
from domain.terms import Cause
from edge.wire import Said
from market.payments import name_refund_account
from market.refunds import request_refund
from pages.acts import act, done
from pages.amounts import Amount
from pages.deals import deal_page
from pages.forms import Count, Form
from pages.redirections import Chosen
from pages.visit import Client
from store.deals.deals import deal_of_party

router = APIRouter()


class Elsewhere(Form):
    """Where a refund should go because the account is closed."""

    events: Count
    payment: UUID
    source: Chosen


class GiveBack(Form):
    events: Count
    amount: Amount
    reason: Annotated[Said, Field(max_length=MAX_REASON)]


@router.post("/deals/{deal_id}/refund-account")
async def refund_elsewhere(known: Client, deal_id: UUID) -> Response:
    """The payer names where a refund should go because their account is closed."""
    fields, actor = await known.visit.form(*Elsewhere.names()), known.visitor.actor
    try:
        typed = Elsewhere.read(fields)
        name = partial(name_refund_account, payment_id=typed.payment, source=typed.source, events=typed.events)
        await act(known, f"refund-account/{deal_id}/{typed.events}", fields, done(partial(name, actor=actor)))
    except (Conflict, Malformed, NotFound) as refusal:
        return await deal_page(known, deal_id, refusal, fields)
    return known.visit.to(f"/deals/{deal_id}")


@router.post("/deals/{deal_id}/refund")
async def give_back(known: Client, deal_id: UUID) -> Response:
    """Plans the refund that the seller typed, once, for a deal that has not changed since the form was made."""
    fields = await known.visit.form(*GiveBack.names())
    visitor = known.visitor
    async with known.visit.transaction() as session:
        currency = (await deal_of_party(session, visitor.user_id, deal_id)).currency
    try:
        typed = GiveBack.read(fields, language=known.visit.language, currency=currency)
        refund = partial(
            request_refund,
            actor=visitor.actor,
            deal_id=deal_id,
            seller_id=visitor.user_id,
            cause=Cause.SELLER,
            requested_by=visitor.caller,
            events=typed.events,
            amount=typed.amount,
            reason=typed.reason,
        )
        await act(known, f"refund/{deal_id}/{typed.events}", fields, done(refund))
    except (Conflict, Malformed) as refusal:
        return await deal_page(known, deal_id, refusal, fields)
    return known.visit.to(f"/deals/{deal_id}")
