"""Service deals: a buyer proposes, the seller confirms or denies, and the buyer may retract before that."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Response
from pydantic import Field

from api.agreements import Actor, answer_decision
from api.deals.schemas import DealNowOut
from api.deals.views import show_bought
from api.dependencies import may_take_from_wallets
from api.fields import Id, IdInPath, MoneyIn, Name, PartyIn
from api.offers.schemas import TermsIn
from api.refusals import WRITES
from api.writes import Write
from domain.limits import MAX_ANSWER_WITHIN_S, MAX_DESCRIPTION, MAX_PAY_WITHIN_S
from edge.documents import refusing
from edge.wire import CleanText, Wire
from fronts.writes import shown
from market import service_deals
from market.service_deals import Proposal

router = APIRouter(tags=["deals"])


class ServiceTermsIn(TermsIn):
    """As of an offer. Unless said otherwise the seller is paid on acceptance, after the work."""

    release: Annotated[
        Literal["on_funding", "on_acceptance"],
        Field(description="`on_acceptance`: the seller is paid on acceptance or when the inspection ends."),
    ] = "on_acceptance"


class ServiceDealIn(Wire):
    buyer_id: Annotated[Id, Field(description="The customer, who proposes and pays.")]
    seller_id: Annotated[Id, Field(description="The performer, who answers and is paid.")]
    title: Name
    description: Annotated[CleanText, Field(max_length=MAX_DESCRIPTION)]
    price: MoneyIn
    answer_within_s: Annotated[
        int, Field(ge=1, le=MAX_ANSWER_WITHIN_S, description="Seconds in which the seller may confirm or deny.")
    ] = 7 * 24 * 3600
    pay_within_s: Annotated[
        int, Field(ge=1, le=MAX_PAY_WITHIN_S, description="Seconds from the confirmation to the payment deadline.")
    ] = 7 * 24 * 3600
    terms: ServiceTermsIn = ServiceTermsIn()
    from_wallet: Annotated[
        bool,
        Field(
            description="Take what is left to pay from the buyer's wallet, without a code, once the seller has"
            " confirmed and the wallet has it. A marketplace's key needs the scope `wallets` for it."
        ),
    ] = True

    def proposal(self) -> Proposal:
        """Raises `Malformed` bad_amount, unknown_currency, terms_conflict."""
        price, terms = self.price.money("price"), self.terms.terms()
        within = (self.answer_within_s, self.pay_within_s)
        return Proposal(self.title, self.description, price, *within, terms, self.from_wallet)


@router.post(
    "/service-deals",
    summary="Propose a service deal",
    status_code=201,
    response_model=DealNowOut,
    responses=refusing(
        WRITES,
        {
            404: "unknown_user",
            409: "own_service currency_not_served",
            422: "bad_amount unknown_currency terms_conflict",
        },
    ),
)
async def propose_deal(body: ServiceDealIn, caller: Actor, write: Write) -> Response:
    """A buyer proposes a deal about a service to a seller, who confirms or denies it until `answer_by`.

    Nothing can be paid before the seller has confirmed. Without an answer in time the deal lapses. With `from_wallet`
    the price is then held in the buyer's wallet if that has it; else the deal waits, and any money that comes into the
    wallet and makes it enough pays the deal: the first confirmed first.
    """
    if body.from_wallet:
        may_take_from_wallets(caller)
    propose = partial(
        service_deals.propose,
        actor=caller,
        buyer_id=body.buyer_id,
        seller_id=body.seller_id,
        proposal=body.proposal(),
    )
    return await write.answer(caller, body, shown(201, propose, show_bought))


@router.post(
    "/deals/{deal_id}/confirmation",
    summary="Confirm a proposed deal",
    status_code=202,
    response_model=DealNowOut,
    responses=refusing(
        WRITES,
        {
            404: "unknown_deal unknown_user",
            409: "not_a_party not_the_seller not_proposed part_of_contract deadline_passed",
        },
    ),
)
async def confirm_deal(deal_id: IdInPath, body: PartyIn, caller: Actor, write: Write) -> Response:
    """The seller confirms a proposed deal: it is paid from the buyer's wallet, or awaits payment until `pay_by`."""
    return await answer_decision(write, caller, deal_id, body, service_deals.confirm)


@router.post(
    "/deals/{deal_id}/denial",
    summary="Deny a proposed deal",
    status_code=202,
    response_model=DealNowOut,
    responses=refusing(
        WRITES,
        {
            404: "unknown_deal unknown_user",
            409: "not_a_party not_the_seller not_proposed part_of_contract deadline_passed",
        },
    ),
)
async def deny_deal(deal_id: IdInPath, body: PartyIn, caller: Actor, write: Write) -> Response:
    """The seller denies a proposed deal, which ends for good."""
    return await answer_decision(write, caller, deal_id, body, service_deals.deny)


@router.post(
    "/deals/{deal_id}/retraction",
    summary="Retract a proposed deal",
    status_code=202,
    response_model=DealNowOut,
    responses=refusing(
        WRITES,
        {
            404: "unknown_deal unknown_user",
            409: "not_a_party not_the_buyer not_proposed part_of_contract deadline_passed",
        },
    ),
)
async def retract_deal(deal_id: IdInPath, body: PartyIn, caller: Actor, write: Write) -> Response:
    """The buyer retracts a proposed deal before the seller has answered."""
    return await answer_decision(write, caller, deal_id, body, service_deals.retract)
