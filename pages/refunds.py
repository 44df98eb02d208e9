"""A seller refunds a deal, in whole or in part; a payer whose account is closed names another target."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from domain.errors import Conflict, Malformed, NotFound
from domain.limits import MAX_REASON
from domain.terms import Cause
from market.payments import name_refund_account
from market.refunds import request_refund
from pages.acts import act, done
from pages.amounts import read_money
from pages.deals import deal_page, events_in
from pages.forms import id_in, read_all, text_of
from pages.redirections import source_in
from pages.visit import Client
from store.deals import deal_of_party

router = APIRouter()


@router.post("/deals/{deal_id}/refund-account")
async def refund_elsewhere(known: Client, deal_id: UUID) -> Response:
    """The payer names where a refund should go because their account is closed."""
    fields = await known.visit.form("events", "payment", "source")
    try:
        named = read_all(payment_id=lambda: id_in(fields, "payment"), source=lambda: source_in(fields, "source"))
        work = done(partial(name_refund_account, actor=known.visitor.actor, events=events_in(fields), **named))
        await act(known, f"refund-account/{deal_id}/{fields['events'][:10]}", fields, work)
    except (Conflict, Malformed, NotFound) as refusal:
        return await deal_page(known, deal_id, refusal, fields)
    return known.visit.to(f"/deals/{deal_id}")


@router.post("/deals/{deal_id}/refund")
async def give_back(known: Client, deal_id: UUID) -> Response:
    """Plans the refund that the seller typed, once, for a deal that has not changed since the form was made."""
    fields = await known.visit.form("events", "amount", "reason")
    visitor = known.visitor
    async with known.visit.transaction() as session:
        currency = (await deal_of_party(session, visitor.user_id, deal_id)).currency
    try:
        typed = read_all(
            amount=lambda: read_money(known.visit.language, fields["amount"], currency),
            reason=lambda: text_of(fields, "reason", MAX_REASON),
        )
        refund = partial(
            request_refund,
            actor=visitor.actor,
            deal_id=deal_id,
            seller_id=visitor.user_id,
            cause=Cause.SELLER,
            requested_by=visitor.caller,
            events=events_in(fields),
            **typed,
        )
        await act(known, f"refund/{deal_id}/{fields['events'][:10]}", fields, done(refund))
    except (Conflict, Malformed) as refusal:
        return await deal_page(known, deal_id, refusal, fields)
    return known.visit.to(f"/deals/{deal_id}")
