"""A seller gives back what he got for a deal, in whole or in part; a payer whose account is closed says where to."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api.signals import Signal
from api.writes import Written
from domain.agreements import Party
from domain.errors import Conflict, Forbidden, Malformed, NotFound
from domain.terms import Cause
from pages.acts import act
from pages.amounts import read_money
from pages.deals import MAX_REASON, deal_page, lock_as_shown
from pages.forms import read_all, text_of
from pages.redirections import chosen
from pages.visit import Client
from store.payments import lock_payment
from store.redirections import name_refund_account, waiting_for_account
from store.refunds import request_refund

router = APIRouter()


@router.post("/deals/{deal_id}/refund-account")
async def refund_elsewhere(known: Client, deal_id: UUID) -> Response:
    """The payer names where a refund should go whose account is closed."""
    fields = await known.visit.form("events", "payment", "source")

    async def work(session: AsyncSession) -> Written:
        deal, party = await lock_as_shown(session, known, deal_id, fields["events"])
        if party is not Party.BUYER:
            raise Forbidden("other_party", "This is for the other party.")
        waiting = await waiting_for_account(session, deal.id)
        payment_id = next((step.payment_id for _, step in waiting if str(step.payment_id) == fields["payment"]), None)
        if payment_id is None:
            raise Conflict("refund_not_waiting", "No refund of this payment waits for another account.")
        payment = await lock_payment(session, payment_id)
        refunds = await name_refund_account(session, deal, payment, await chosen(session, known, fields["source"]))
        return Written(202, {}, payment, tuple(Signal(deal, refund=refund) for refund in refunds))

    try:
        await act(known, f"refund-account/{deal_id}/{fields['events'][:10]}", fields, work)
    except (Conflict, Malformed, NotFound) as refusal:
        return await deal_page(known, deal_id, refusal, fields)
    return known.visit.to(f"/deals/{deal_id}")


@router.post("/deals/{deal_id}/refund")
async def give_back(known: Client, deal_id: UUID) -> Response:
    """Plans the refund that the seller typed, once for a deal that stands as it stood when the form was made."""
    fields = await known.visit.form("events", "amount", "reason")

    async def work(session: AsyncSession) -> Written:
        deal, party = await lock_as_shown(session, known, deal_id, fields["events"])
        if party is not Party.SELLER:
            raise Conflict("not_the_seller", "It is for the seller to give back what he got.")
        read = read_all(
            amount=lambda: read_money(known.visit.language, fields["amount"], deal.currency),
            reason=lambda: text_of(fields, "reason", MAX_REASON),
        )
        refund = await request_refund(session, deal, read["amount"], Cause.SELLER, read["reason"], known.visitor.caller)
        return Written(202, {}, refund, (Signal(deal, refund=refund),))

    try:
        await act(known, f"refund/{deal_id}/{fields['events'][:10]}", fields, work)
    except (Conflict, Malformed) as refusal:
        return await deal_page(known, deal_id, refusal, fields)
    return known.visit.to(f"/deals/{deal_id}")
