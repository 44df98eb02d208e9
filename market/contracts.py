"""Contracts: proposed, answered and cancelled as a whole, each in one transaction that locks all milestones.

A milestone is a deal: it is paid, accepted, extended and disputed by itself, with the acts of any deal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.agreements import Party
from domain.contracts import ContractState, is_cancelled_with_the_rest, may_consist_of, state_of
from domain.deals import OPEN, DealState
from domain.errors import Conflict, NotFound
from domain.money import Money
from domain.payments import COMMITTED, PaymentState
from domain.service_deals import must_be_confirmed
from market import agreements, service_deals
from market.actor import Actor, marketplace_of, only_oneself, outdated
from market.acts import Outcome
from market.parties import Decision, signals_about
from market.service_deals import Proposal
from market.signals import Signal
from market.verdicts import COUNTED
from store.deals import contracts as rows
from store.deals.agreements import party_of
from store.deals.contracts import Contract, contract_of, lock_milestones
from store.deals.deals import Deal
from store.payments.payments import Payment
from store.payments.refunds import Refund
from store.people.users import user_of


@dataclass(frozen=True, slots=True)
class ContractProposal:
    """What a buyer proposes. The milestones are in one currency, in the order of the work."""

    title: str
    description: str
    currency: str
    answer_within_s: int
    milestones: Sequence[Proposal]


@dataclass(frozen=True, slots=True)
class WholeContract:
    """A contract with its milestones, first to last."""

    contract: Contract
    milestones: Sequence[Deal]

    @property
    def state(self) -> ContractState:
        return state_of([DealState(deal.state) for deal in self.milestones])


@dataclass(frozen=True, slots=True)
class Sums:
    """The money of a contract. `released`: the seller's, paid out or on the way; `refunded`: the buyer's again, or on
    the way; `left`: what can still be paid, open payments counted. What ended unpaid is in none of them.
    """

    price: Money
    held: Money
    released: Money
    refunded: Money
    left: Money


async def propose(
    session: AsyncSession, actor: Actor, buyer_id: UUID, seller_id: UUID, proposal: ContractProposal
) -> Outcome[WholeContract]:
    """Proposes a contract to a seller, who answers for all milestones until `answer_by`. No money moves before that.

    Raises `NotFound` unknown_user, `Malformed` invalid_field, `Conflict` own_service, currency_not_served.
    """
    only_oneself(actor, buyer_id, "buyer_id")
    may_consist_of(len(proposal.milestones))
    marketplace_id = marketplace_of(actor)
    contract = await rows.add_contract(
        session,
        await user_of(session, marketplace_id, buyer_id, "buyer_id"),
        await user_of(session, marketplace_id, seller_id, "seller_id"),
        title=proposal.title,
        description=proposal.description,
        currency=proposal.currency,
        milestones=len(proposal.milestones),
        answer_within_s=proposal.answer_within_s,
    )
    try:
        deals = [
            await service_deals.propose(
                session, actor, buyer_id, seller_id, milestone, contract=contract, milestone=number
            )
            for number, milestone in enumerate(proposal.milestones, start=1)
        ]
    except Conflict as refusal:  # the currency is said once for all milestones
        raise Conflict(refusal.code, refusal.detail, "currency") from refusal
    whole = WholeContract(contract, [outcome.value for outcome in deals])
    return Outcome(whole, contract, tuple(signal for outcome in deals for signal in outcome.signals))


async def confirm(
    session: AsyncSession, actor: Actor, contract_id: UUID, user_id: UUID, events: int | None = None
) -> Outcome[WholeContract]:
    """The seller confirms every milestone, first to last. Each then awaits payment, for its own time.

    `events` is how many all milestones together had when a page was shown. Raises `NotFound` unknown_contract,
    unknown_user, `Conflict` not_a_party, page_outdated and those of `market.service_deals.confirm`.
    """
    return await _answer(session, actor, contract_id, user_id, events, partial(service_deals.confirm, together=True))


async def deny(
    session: AsyncSession, actor: Actor, contract_id: UUID, user_id: UUID, events: int | None = None
) -> Outcome[WholeContract]:
    """The seller does not want the contract: every milestone ends. `events` and what it raises: as of `confirm`."""
    return await _answer(session, actor, contract_id, user_id, events, partial(service_deals.deny, together=True))


async def retract(
    session: AsyncSession, actor: Actor, contract_id: UUID, user_id: UUID, events: int | None = None
) -> Outcome[WholeContract]:
    """The buyer retracts a contract that the seller has not answered. `events` and what it raises: as of `confirm`."""
    return await _answer(session, actor, contract_id, user_id, events, partial(service_deals.retract, together=True))


async def _answer(
    session: AsyncSession, actor: Actor, contract_id: UUID, user_id: UUID, events: int | None, decision: Decision
) -> Outcome[WholeContract]:
    whole, party = await _lock_as_party(session, actor, contract_id, user_id, events)
    # An operator may have ended one from outside. When none waits for an answer, the first is refused by name.
    waiting = [deal for deal in whole.milestones if deal.state == DealState.PROPOSED] or whole.milestones[:1]
    signals: list[Signal] = []
    for deal in waiting:
        signals += signals_about(deal, await decision(session, deal, party))
    return Outcome(whole, whole.contract, tuple(signals))


async def cancel(
    session: AsyncSession,
    actor: Actor,
    contract_id: UUID,
    user_id: UUID,
    reason: str | None = None,
    events: int | None = None,
) -> Outcome[WholeContract]:
    """Asks to cancel every milestone for which this is possible, each by the rules of its own.

    One without money ends when the buyer asks alone; for one with money both have to ask. What is completed, over or
    disputed stays as it is. `events`: as of `confirm`. Raises `NotFound` unknown_contract, unknown_user, `Conflict`
    not_a_party, page_outdated, deal_unconfirmed, already_proposed, nothing_to_cancel.
    """
    whole, party = await _lock_as_party(session, actor, contract_id, user_id, events)
    if whole.state is ContractState.PROPOSED:
        must_be_confirmed(DealState.PROPOSED, together=True)
    signals: list[Signal] = []
    refused: set[str] = set()
    for deal in whole.milestones:
        if is_cancelled_with_the_rest(DealState(deal.state)):
            try:
                signals += signals_about(deal, await agreements.cancel(session, deal, party, reason))
            except Conflict as refusal:  # refused before anything was written
                refused.add(refusal.code)
    if not signals and "already_proposed" in refused:
        raise Conflict("already_proposed", "The other party has not agreed yet.")
    if not signals:
        raise Conflict("nothing_to_cancel", "No milestone of this contract can be cancelled any more.")
    return Outcome(whole, whole.contract, tuple(signals))


async def _lock_as_party(
    session: AsyncSession, actor: Actor, contract_id: UUID, user_id: UUID, events: int | None
) -> tuple[WholeContract, Party]:
    """The contract with its milestones, locked, and the user's side of it. Raises as the acts say."""
    only_oneself(actor, user_id, "user_id")
    contract = await visible_contract(session, actor, contract_id)
    whole = WholeContract(contract, await lock_milestones(session, contract.id))
    user = await user_of(session, actor.marketplace_id, user_id, "user_id")
    if events is not None and events != events_of(whole):
        raise outdated()
    return whole, party_of(whole.milestones[0], user)


async def visible_contract(session: AsyncSession, actor: Actor, contract_id: UUID) -> Contract:
    """The contract, if the actor may see it; `NotFound` unknown_contract otherwise."""
    if actor.deal_id is not None:
        raise NotFound("unknown_contract", "There is no such contract.")
    return await contract_of(session, actor.marketplace_id, contract_id, party=actor.user_id)


def events_of(whole: WholeContract) -> int:
    """How many events all milestones have together: it grows with everything that happens to any of them."""
    return sum(deal.events for deal in whole.milestones)


def _held(payment: Payment, deal: Deal) -> int:
    """What is held of a payment, or kept while only its undisputed part is paid out."""
    if payment.state == PaymentState.HELD:
        return payment.amount_minor
    kept = payment.undisputed_minor is not None and deal.released_at is None
    return payment.amount_minor - (payment.undisputed_minor or 0) if kept else 0


def sums_of(
    whole: WholeContract, payments: Mapping[UUID, Sequence[Payment]], refunds: Mapping[UUID, Sequence[Refund]]
) -> Sums:
    """The money of a contract, from the payments and refunds of its milestones, by deal."""
    held = released = refunded = left = 0
    for deal in whole.milestones:
        of_deal = payments.get(deal.id, ())
        counted = sum(payment.amount_minor for payment in of_deal if payment.state in COUNTED)
        in_hand = sum(_held(payment, deal) for payment in of_deal)
        # A split is decided before its refund is planned; from then on that part is the buyer's.
        back = max(sum(refund.amount_minor for refund in refunds.get(deal.id, ())), deal.split_minor or 0)
        held, released, refunded = held + in_hand, released + max(0, counted - in_hand - back), refunded + back
        if deal.state == DealState.PROPOSED or deal.state in OPEN:
            left += deal.price_minor - sum(payment.amount_minor for payment in of_deal if payment.state in COMMITTED)
    price = sum(deal.price_minor for deal in whole.milestones)
    return Sums(*(Money(minor, whole.contract.currency) for minor in (price, held, released, refunded, left)))
