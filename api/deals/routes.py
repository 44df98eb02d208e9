from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from api.deals.events import EventsOut, event_out
from api.deals.schemas import (
    DealIn,
    DealNowOut,
    DealsOut,
    OperatorDealOut,
    QuoteOut,
    deal_out,
)
from api.deals.views import show_bought, show_deal
from api.dependencies import Caller, Requires, RequiresTenant, ServicesOfApp, Tenant
from api.fields import After, IdInPath, Limit
from api.refusals import LISTS, READS, WRITES
from api.writes import Write
from domain.money import parse_money
from domain.payments import Step
from domain.roles import Role, Scope
from domain.statuses import CODE
from edge.documents import refusing
from edge.problem import problems
from edge.wire import MAX_INTEGER
from fronts.paging import PAGE_SIZE, page
from fronts.writes import shown
from market import deals
from market.actor import only_party
from market.payments import Source, source_of
from store.deals.deals import deal_of, deals_after
from store.operations.settled import settled
from store.payments.events import events_of
from store.payments.opening import quote
from store.payments.payments import payments_of_deals
from store.payments.refunds import refunds_of_deals

router = APIRouter(tags=["deals"])

Actor = Annotated[Tenant, Depends(RequiresTenant(scope=Scope.DEALS, client=True))]
Reader = Annotated[Caller, Depends(Requires(scope=Scope.DEALS, client=True, role=Role.OPERATOR))]


# Hidden from clients: the platform's commission.
_FOR_OPERATORS = frozenset({f"payment.{Step.COMMISSION}"})


@router.post(
    "/deals",
    summary="Create a deal",
    status_code=201,
    response_model=DealNowOut,
    responses=refusing(
        WRITES,
        {
            404: "unknown_user unknown_offer",
            409: "offer_changed offer_not_available own_offer sold_out currency_not_served",
            422: "bad_amount unknown_currency",
        },
    ),
)
async def create_deal(body: DealIn, caller: Actor, write: Write) -> Response:
    """Buys one unit of an approved offer. The deal awaits payment, in whole or in parts, until `pay_by`.

    Say what the buyer was shown, `expected_price` or `offer_version`: if that has changed, nothing is bought.
    """
    price = None if body.expected_price is None else body.expected_price.money("expected_price")
    seen = deals.Shown(body.offer_version, price)
    work = shown(201, lambda session: deals.buy(session, caller, body.offer_id, body.buyer_id, seen), show_bought)
    return await write.answer(caller, body, work)


@router.get(
    "/deals/{deal_id}",
    summary="Get a deal",
    response_model=OperatorDealOut | DealNowOut,
    responses=refusing(READS, {404: "unknown_deal"}),
)
async def get_deal(deal_id: IdInPath, caller: Reader, services: ServicesOfApp) -> DealNowOut:
    async with services.database.snapshot() as session:
        deal = await deal_of(session, caller.marketplace_id, deal_id, party=caller.user_id)
        return await show_deal(session, deal, for_operator=caller.is_operator)


@router.get("/deals", summary="List deals", responses=LISTS)
async def list_deals(
    caller: Reader,
    services: ServicesOfApp,
    status: Annotated[str | None, Query(pattern=CODE, description="Only deals that have this status now.")] = None,
    after: After = None,
    limit: Limit = PAGE_SIZE,
) -> DealsOut:
    """Deals in the order in which they began."""
    until = await settled(services.database)
    async with services.replica.snapshot() as session:
        found = await deals_after(
            session, caller.marketplace_id, after, limit + 1, until, party=caller.user_id, status=status
        )
        listed, last = page(found, limit)
        payments = await payments_of_deals(session, [deal.id for deal in listed])
        refunds = await refunds_of_deals(session, [deal.id for deal in listed])
    items = [deal_out(deal, payments.get(deal.id, []), refunds.get(deal.id, [])) for deal in listed]
    return DealsOut(items=items, next=None if last is None else str(last.id))


@router.get(
    "/deals/{deal_id}/quote",
    summary="Quote a payment",
    responses=refusing(
        problems(401, 403, 404, 409, 422, 503),
        {
            403: "other_party",
            404: "unknown_deal unknown_account unknown_wallet",
            409: "account_unconfirmed bank_not_served banks_not_connected overpayment wrong_currency same_account "
            "deal_closed deadline_passed deal_unconfirmed currency_not_served",
            422: "bad_amount",
        },
    ),
)
async def quote_payment(
    deal_id: IdInPath,
    caller: Reader,
    services: ServicesOfApp,
    account_id: UUID | None = None,
    wallet_id: UUID | None = None,
    amount: Annotated[
        str | None, Query(max_length=32, description="In the deal's currency; absent: all that is left.")
    ] = None,
) -> QuoteOut:
    """What the buyer would pay from an account, with its bank's fee, or from a wallet. Nothing is reserved."""
    named = Source(account_id, wallet_id)
    async with services.database.transaction() as session:
        deal = await deal_of(session, caller.marketplace_id, deal_id, party=caller.user_id)
        only_party(caller, deal.buyer_id)
        source = await source_of(session, deal, named)
        wanted = None if amount is None else parse_money(amount, deal.currency)
        return QuoteOut.of(await quote(session, deal, source, wanted), deal)


@router.get("/deals/{deal_id}/events", summary="List a deal's events", responses=refusing(READS, {404: "unknown_deal"}))
async def list_events(
    deal_id: IdInPath,
    caller: Reader,
    services: ServicesOfApp,
    after: Annotated[int, Query(ge=0, le=MAX_INTEGER, description="`next` of the page before.")] = 0,
    limit: Limit = PAGE_SIZE,
) -> EventsOut:
    """What happened to the deal and to its payments, oldest first.

    Events about codes of the buyer are left out for a seller who asks with their own token.
    """
    hidden = frozenset[str]() if caller.is_operator else _FOR_OPERATORS
    async with services.replica.snapshot() as session:
        deal = await deal_of(session, caller.marketplace_id, deal_id, party=caller.user_id)
        events = await events_of(session, deal.id, after=after, limit=limit + 1)
    shown, last = page(events, limit)
    selling = caller.user_id is not None and caller.user_id == deal.seller_id
    visible = [event for event in shown if event.type not in hidden and not (selling and event.payers_own)]
    items = [event_out(event, for_operator=caller.is_operator) for event in visible]
    return EventsOut(items=items, next=None if last is None else last.id)
