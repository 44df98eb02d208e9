from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from api.dependencies import Caller, Operator, Requires, RequiresTenant, ServicesOfApp, Tenant
from api.fields import After, IdInPath, Limit
from api.offers.schemas import ModerationIn, OfferIn, OfferOut, OffersOut, OnSaleIn, OperatorOfferOut, offer_out
from api.refusals import LISTS, READS, WRITES
from api.writes import Write
from domain.roles import Role, Scope
from edge.documents import refusing
from fronts.paging import PAGE_SIZE
from fronts.writes import written
from market import offers
from store.deals.offers import OfferState, offer_of, offers_after
from store.operations.settled import settled

router = APIRouter(tags=["offers"])

Actor = Annotated[Tenant, Depends(RequiresTenant(scope=Scope.OFFERS, client=True))]
Reader = Annotated[Caller, Depends(Requires(scope=Scope.OFFERS, client=True, role=Role.OPERATOR))]

for_seller = partial(offer_out, for_operator=False)
for_staff = partial(offer_out, for_operator=True)


@router.post(
    "/offers",
    summary="Create an offer",
    status_code=201,
    response_model=OfferOut,
    responses=refusing(WRITES, {404: "unknown_user", 422: "bad_amount unknown_currency bad_percent terms_conflict"}),
)
async def create_offer(body: OfferIn, caller: Actor, write: Write) -> Response:
    """Creates an offer; it can be bought once an operator has approved it."""
    draft = offers.Draft(
        title=body.title,
        description=body.description,
        price=body.price.money("price"),
        pay_within_s=body.pay_within_s,
        quantity=body.quantity,
        terms=body.terms.terms(),
    )
    work = written(201, lambda session: offers.put_up(session, caller, body.seller_id, draft), for_seller)
    return await write.answer(caller, body, work)


@router.post(
    "/offers/{offer_id}/moderation",
    summary="Moderate an offer",
    response_model=OperatorOfferOut,
    responses=refusing(WRITES, {404: "unknown_offer", 409: "offer_moderated offer_changed", 422: "bad_percent"}),
    tags=["operators"],
)
async def moderate_offer(offer_id: IdInPath, body: ModerationIn, caller: Operator, write: Write) -> Response:
    """An operator approves or rejects an offer, once, and may set its commission. The seller is mailed the result."""
    decision = offers.Decision(body.approve, body.commission_bp(), body.reason, body.version)
    work = written(200, lambda session: offers.moderate(session, offer_id, decision), for_staff)
    return await write.answer(caller, body, work)


@router.put(
    "/offers/{offer_id}/on-sale",
    summary="Set whether an offer is on sale",
    response_model=OfferOut,
    responses=refusing(WRITES, {404: "unknown_offer"}),
)
async def set_on_sale(offer_id: IdInPath, body: OnSaleIn, caller: Actor, write: Write) -> Response:
    """Takes an offer off sale or puts it back, at once and without moderation. Existing deals continue."""
    on_sale = body.on_sale
    work = written(200, lambda session: offers.put_on_sale(session, caller, offer_id, on_sale=on_sale), for_seller)
    return await write.answer(caller, body, work)


@router.get(
    "/offers/{offer_id}",
    summary="Get an offer",
    response_model=OperatorOfferOut | OfferOut,
    responses=refusing(READS, {404: "unknown_offer"}),
)
async def get_offer(offer_id: IdInPath, caller: Reader, services: ServicesOfApp) -> OfferOut:
    async with services.database.transaction() as session:
        offer = await offer_of(session, caller.marketplace_id, offer_id, client=caller.user_id)
    return offer_out(offer, for_operator=caller.is_operator)


@router.get("/offers", summary="List offers", responses=LISTS)
async def list_offers(
    caller: Reader,
    services: ServicesOfApp,
    after: After = None,
    limit: Limit = PAGE_SIZE,
    state: OfferState | None = None,
) -> OffersOut:
    """Offers in order of creation; with `state=pending` those that await moderation."""
    until = await settled(services.database)
    async with services.replica.snapshot() as session:
        found = await offers_after(
            session, caller.marketplace_id, after, limit + 1, until, client=caller.user_id, state=state
        )
    return OffersOut.of(found, limit, lambda offer: offer_out(offer, for_operator=caller.is_operator))
