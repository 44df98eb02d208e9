"""Contracts: a buyer proposes several milestones, the seller answers for all of them; each is then a deal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from api.agreements import Actor, CancellationIn
from api.dependencies import Caller, Requires, ServicesOfApp, may_take_from_wallets
from api.fields import After, AmountText, CurrencyCode, Id, IdInPath, Limit, Moment, MoneyOut, Name, PageOut, PartyIn
from api.refusals import LISTS, READS, WRITES
from api.service_deals import ServiceTermsIn
from api.writes import Write, WriteRequest
from domain.contracts import MAX_MILESTONES, MIN_MILESTONES, ContractState
from domain.deals import DealState
from domain.errors import Malformed
from domain.limits import MAX_ANSWER_WITHIN_S, MAX_DESCRIPTION, MAX_PAY_WITHIN_S
from domain.money import Money, decimals, parse_money
from domain.roles import Role, Scope
from edge.documents import refusing
from edge.wire import CleanText, Wire, utc
from fronts.paging import PAGE_SIZE
from fronts.writes import shown
from market import contracts
from market.acts import Outcome
from market.contracts import ContractProposal, WholeContract, sums_of
from market.service_deals import Proposal
from market.verdicts import COUNTED
from store import clock
from store.deals.contracts import Brief, contract_of, contracts_after, milestones_of
from store.deals.deals import Deal
from store.operations.settled import settled
from store.payments.payments import Payment, payments_of_deals
from store.payments.refunds import refunds_of_deals

router = APIRouter(tags=["contracts"])

Reader = Annotated[Caller, Depends(Requires(scope=Scope.DEALS, client=True, role=Role.OPERATOR))]


class MilestoneIn(Wire):
    title: Name
    description: Annotated[CleanText, Field(max_length=MAX_DESCRIPTION)] = ""
    amount: AmountText
    pay_within_s: Annotated[
        int, Field(ge=1, le=MAX_PAY_WITHIN_S, description="Seconds from the confirmation to the payment deadline.")
    ] = 7 * 24 * 3600
    terms: ServiceTermsIn = ServiceTermsIn()


class ContractIn(Wire):
    buyer_id: Annotated[Id, Field(description="The customer, who proposes and pays.")]
    seller_id: Annotated[Id, Field(description="The performer, who answers and is paid.")]
    title: Name
    description: Annotated[CleanText, Field(max_length=MAX_DESCRIPTION)]
    currency: CurrencyCode
    answer_within_s: Annotated[
        int, Field(ge=1, le=MAX_ANSWER_WITHIN_S, description="Seconds in which the seller may confirm or deny.")
    ] = 7 * 24 * 3600
    from_wallet: Annotated[
        bool,
        Field(
            description="Once the seller has confirmed, take the milestones from the buyer's wallet, without a code, in"
            " their order, each for which it has enough. A marketplace's key needs the scope `wallets` for it."
        ),
    ] = False
    milestones: Annotated[
        list[MilestoneIn],
        Field(min_length=MIN_MILESTONES, max_length=MAX_MILESTONES, description="In the order of the work."),
    ]

    def proposal(self) -> ContractProposal:
        """Raises `Malformed` bad_amount, unknown_currency, terms_conflict, naming the milestone by its place from 0."""
        decimals(self.currency)  # refused once, not for each amount
        milestones = [self._milestone(place, milestone) for place, milestone in enumerate(self.milestones)]
        return ContractProposal(self.title, self.description, self.currency, self.answer_within_s, milestones)

    def _milestone(self, place: int, milestone: MilestoneIn) -> Proposal:
        try:
            price, terms = parse_money(milestone.amount, self.currency), milestone.terms.terms()
        except Malformed as wrong:
            raise Malformed(wrong.code, wrong.detail, f"milestones.{place}.{wrong.field}") from None
        words, within = (milestone.title, milestone.description), (self.answer_within_s, milestone.pay_within_s)
        return Proposal(*words, price, *within, terms, self.from_wallet)


class ContractOut(Wire):
    """A contract as lists show it."""

    id: str
    buyer_id: str
    seller_id: str
    title: str
    description: str
    state: ContractState
    """As it follows from the states of the milestones."""
    price: MoneyOut
    """Of all milestones."""
    answer_by: Moment
    created_at: Moment


class ContractsOut(PageOut[ContractOut]):
    pass


class MilestoneOut(Wire):
    """A milestone in short: `GET /deals/{deal_id}` shows it whole."""

    number: int
    deal_id: str
    title: str
    state: DealState
    price: MoneyOut
    paid: MoneyOut
    """Held for the seller or paid out, refunds not counted."""
    pay_by: Moment | None
    """None before the seller has confirmed."""


class WholeContractOut(ContractOut):
    now: Moment
    """The clock that decides about deadlines, for callers whose own is wrong."""
    held: MoneyOut
    released: MoneyOut
    """The seller's: paid out or on the way, less what is refunded."""
    refunded: MoneyOut
    left: MoneyOut
    """What can still be paid, open payments counted."""
    milestones: list[MilestoneOut]


@router.post(
    "/contracts",
    summary="Propose a contract",
    status_code=201,
    response_model=WholeContractOut,
    responses=refusing(
        WRITES,
        {
            404: "unknown_user",
            409: "own_service currency_not_served",
            422: "terms_conflict bad_amount unknown_currency",
        },
    ),
)
async def propose_contract(body: ContractIn, caller: Actor, write: Write) -> Response:
    """A buyer proposes a contract of 2 to 50 milestones to a seller, who answers for all of them until `answer_by`.

    Each milestone is a service deal: once confirmed it is paid, accepted, disputed and cancelled by itself.
    """
    if body.from_wallet:
        may_take_from_wallets(caller)
    propose = partial(
        contracts.propose, actor=caller, buyer_id=body.buyer_id, seller_id=body.seller_id, proposal=body.proposal()
    )
    return await write.answer(caller, body, shown(201, propose, _show))


@router.get("/contracts/{contract_id}", summary="Get a contract", responses=refusing(READS, {404: "unknown_contract"}))
async def get_contract(contract_id: IdInPath, caller: Reader, services: ServicesOfApp) -> WholeContractOut:
    async with services.database.snapshot() as session:
        contract = await contract_of(session, caller.marketplace_id, contract_id, party=caller.user_id)
        return await _show(session, WholeContract(contract, await milestones_of(session, contract_id)))


@router.get("/contracts", summary="List contracts", responses=LISTS)
async def list_contracts(
    caller: Reader, services: ServicesOfApp, after: After = None, limit: Limit = PAGE_SIZE
) -> ContractsOut:
    """Contracts in the order in which they were proposed."""
    until = await settled(services.database)
    async with services.replica.snapshot() as session:
        found = await contracts_after(session, caller.marketplace_id, after, limit + 1, until, party=caller.user_id)
    return ContractsOut.of(found, limit, _brief_out, lambda brief: brief.contract.id)


@router.post(
    "/contracts/{contract_id}/confirmation",
    summary="Confirm a contract",
    status_code=202,
    response_model=WholeContractOut,
    responses=refusing(
        WRITES, {404: "unknown_contract unknown_user", 409: "not_a_party not_the_seller not_proposed deadline_passed"}
    ),
)
async def confirm_contract(contract_id: IdInPath, body: PartyIn, caller: Actor, write: Write) -> Response:
    """The seller confirms all milestones: each awaits payment until its own `pay_by`."""
    return await _answer(write, caller, body, partial(contracts.confirm, contract_id=contract_id))


@router.post(
    "/contracts/{contract_id}/denial",
    summary="Deny a contract",
    status_code=202,
    response_model=WholeContractOut,
    responses=refusing(
        WRITES, {404: "unknown_contract unknown_user", 409: "not_a_party not_the_seller not_proposed deadline_passed"}
    ),
)
async def deny_contract(contract_id: IdInPath, body: PartyIn, caller: Actor, write: Write) -> Response:
    """The seller denies the contract: all milestones end for good."""
    return await _answer(write, caller, body, partial(contracts.deny, contract_id=contract_id))


@router.post(
    "/contracts/{contract_id}/retraction",
    summary="Retract a contract",
    status_code=202,
    response_model=WholeContractOut,
    responses=refusing(
        WRITES, {404: "unknown_contract unknown_user", 409: "not_a_party not_the_buyer not_proposed deadline_passed"}
    ),
)
async def retract_contract(contract_id: IdInPath, body: PartyIn, caller: Actor, write: Write) -> Response:
    """The buyer retracts the contract before the seller has answered."""
    return await _answer(write, caller, body, partial(contracts.retract, contract_id=contract_id))


@router.post(
    "/contracts/{contract_id}/cancellation",
    summary="Cancel a contract",
    status_code=202,
    response_model=WholeContractOut,
    responses=refusing(
        WRITES,
        {
            404: "unknown_contract unknown_user",
            409: "not_a_party deal_unconfirmed already_proposed nothing_to_cancel too_many_proposals",
        },
    ),
)
async def cancel_contract(contract_id: IdInPath, body: CancellationIn, caller: Actor, write: Write) -> Response:
    """Cancels every milestone for which this is possible, each as `POST /deals/{deal_id}/cancellation` does.

    A milestone without money ends when the buyer asks alone; one with money when both have asked. Completed and
    disputed milestones stay as they are.
    """
    return await _answer(write, caller, body, partial(contracts.cancel, contract_id=contract_id, reason=body.reason))


async def _answer(
    write: WriteRequest, caller: Actor, body: PartyIn, act: Callable[..., Awaitable[Outcome[WholeContract]]]
) -> Response:
    decide = partial(act, actor=caller, user_id=body.user_id)
    return await write.answer(caller, body, shown(202, decide, _show))


async def _show(session: AsyncSession, whole: WholeContract) -> WholeContractOut:
    """The contract with its milestones, including this transaction's changes."""
    await session.flush()
    deals = [deal.id for deal in whole.milestones]
    payments, refunds = await payments_of_deals(session, deals), await refunds_of_deals(session, deals)
    sums = sums_of(whole, payments, refunds)
    brief = Brief(whole.contract, tuple(DealState(deal.state) for deal in whole.milestones), sums.price.minor)
    return WholeContractOut.model_validate(
        {
            **dict(_brief_out(brief)),
            "now": utc(await clock.now(session, deals[0])),
            "held": MoneyOut.of(sums.held),
            "released": MoneyOut.of(sums.released),
            "refunded": MoneyOut.of(sums.refunded),
            "left": MoneyOut.of(sums.left),
            "milestones": [_milestone_out(deal, payments.get(deal.id, ())) for deal in whole.milestones],
        }
    )


def _milestone_out(deal: Deal, payments: Sequence[Payment]) -> MilestoneOut:
    paid_minor = sum(payment.amount_minor for payment in payments if payment.state in COUNTED)
    return MilestoneOut(
        number=deal.milestone or 0,
        deal_id=str(deal.id),
        title=deal.title,
        state=DealState(deal.state),
        price=MoneyOut.of(deal.price),
        paid=MoneyOut.of(Money(paid_minor, deal.currency)),
        pay_by=utc(deal.pay_by) if deal.confirmed else None,
    )


def _brief_out(brief: Brief) -> ContractOut:
    contract = brief.contract
    return ContractOut(
        id=str(contract.id),
        buyer_id=str(contract.buyer_id),
        seller_id=str(contract.seller_id),
        title=contract.title,
        description=contract.description,
        state=brief.state,
        price=MoneyOut.of(brief.price),
        answer_by=utc(contract.answer_by),
        created_at=utc(contract.created_at),
    )
