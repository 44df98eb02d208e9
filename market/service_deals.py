"""Service deals: the buyer proposes and may retract, the seller confirms or denies. Each answer takes a locked deal."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.agreements import Party
from domain.contracts import answered_together
from domain.deals import CloseReason, DealState
from domain.errors import Conflict
from domain.money import Money
from domain.service_deals import may_answer
from domain.terms import Terms
from edge.idempotency import Names
from market.actor import Actor, marketplace_of, only_oneself
from market.acts import Outcome
from market.parties import signals_about
from market.signals import Signal
from market.verdicts import Assessment, assess, close
from store import clock
from store.deals import service_deals as rows
from store.deals.contracts import Contract
from store.deals.deals import Deal, lock_deal
from store.people.users import user_of
from store.wallets.funding import WalletNews, end_news, first_waiting, news_of


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a buyer proposes: the work, its price, and how many seconds there are to answer and then to pay.

    `from_wallet`: the buyer lets the deal take what is left to pay from their wallet, without a code.
    """

    title: str
    description: str
    price: Money
    answer_within_s: int
    pay_within_s: int
    terms: Terms
    from_wallet: bool = False


async def propose(
    session: AsyncSession,
    actor: Actor,
    buyer_id: UUID,
    seller_id: UUID,
    proposal: Proposal,
    *,
    contract: Contract | None = None,
    milestone: int | None = None,
) -> Outcome[Deal]:
    """Proposes a service deal to a seller, who answers until `answer_by`. No money moves before that.

    `milestone` is its number in the `contract` of which it is a part, if it is one. Raises `NotFound` unknown_user, and
    those of `store.deals.service_deals.propose`.
    """
    only_oneself(actor, buyer_id, "buyer_id")
    marketplace_id = marketplace_of(actor)
    deal = await rows.propose(
        session,
        await user_of(session, marketplace_id, buyer_id, "buyer_id"),
        await user_of(session, marketplace_id, seller_id, "seller_id"),
        contract=contract,
        milestone=milestone,
        title=proposal.title,
        description=proposal.description,
        price=proposal.price,
        answer_within_s=proposal.answer_within_s,
        pay_within_s=proposal.pay_within_s,
        terms=proposal.terms,
        from_wallet=proposal.from_wallet,
    )
    return Outcome(deal, deal, (Signal(deal, new=True),))


async def confirm(session: AsyncSession, deal: Deal, party: Party, *, together: bool = False) -> Assessment:
    """The seller confirms a locked, proposed deal, which then awaits payment, or is paid from the buyer's wallet.

    `together`: with all other milestones of its contract. Raises `Conflict` not_the_seller, part_of_contract,
    not_proposed, deadline_passed.
    """
    _only_the_seller(party)
    answered_together(deal.milestone, together=together)
    now = await clock.now(session, deal.id)
    may_answer(DealState(deal.state), now, deal.answer_by, together=together)
    rows.confirm(session, deal, now)
    await session.flush()
    return await assess(session, deal)


async def deny(session: AsyncSession, deal: Deal, party: Party, *, together: bool = False) -> Assessment:
    """The seller does not want a locked, proposed deal, which ends. `together` and what it raises: as of `confirm`."""
    _only_the_seller(party)
    answered_together(deal.milestone, together=together)
    return await _end(session, deal, CloseReason.DENIED, together=together)


async def retract(session: AsyncSession, deal: Deal, party: Party, *, together: bool = False) -> Assessment:
    """The buyer retracts a locked deal that the seller has not answered.

    `together`: as of `confirm`. Raises `Conflict` not_the_buyer, part_of_contract, not_proposed, deadline_passed.
    """
    if party is not Party.BUYER:
        raise Conflict("not_the_buyer", "Only the buyer can retract the proposal.", "user_id")
    answered_together(deal.milestone, together=together)
    return await _end(session, deal, CloseReason.CANCELLED, together=together)


async def _end(session: AsyncSession, deal: Deal, reason: CloseReason, *, together: bool) -> Assessment:
    may_answer(DealState(deal.state), await clock.now(session, deal.id), deal.answer_by, together=together)
    rows.end(session, deal, reason)
    await session.flush()
    return await assess(session, deal)


async def look_at_wallet(session: AsyncSession, account_id: int) -> Outcome[bool]:
    """Looks, after news of a wallet, at the deal that has waited longest on its ledger account: funds it if the wallet
    has enough, and closes it if its time to pay is over. Ends the news; what follows from this is news itself.
    """
    news, deal_id = await news_of(session, account_id), await first_waiting(session, account_id)
    signals: tuple[Signal, ...] = ()
    if deal_id is not None:
        deal = await lock_deal(session, deal_id)
        signals = signals_about(deal, await close(session, deal, CloseReason.DEADLINE))
    await end_news(session, news)
    return Outcome(bool(news), Names(WalletNews.__tablename__, str(account_id)), signals)


def _only_the_seller(party: Party) -> None:
    if party is not Party.SELLER:
        raise Conflict("not_the_seller", "Only the seller can confirm or deny.", "user_id")
