"""How a service deal begins and is answered: the rows, under the deal's lock."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Uuid, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.deals import CloseReason, DealState
from domain.errors import Conflict
from domain.money import Money
from domain.service_deals import ENDS
from domain.terms import Terms
from store.deals.buying import payee_of
from store.deals.contracts import Contract
from store.deals.deals import Deal, move, record_event
from store.operations.platform_settings import platform_settings
from store.people.users import User


async def propose(
    session: AsyncSession,
    buyer: User,
    seller: User,
    *,
    contract: Contract | None = None,
    milestone: int | None = None,
    title: str,
    description: str,
    price: Money,
    answer_within_s: int,
    pay_within_s: int,
    terms: Terms,
    from_wallet: bool,
) -> Deal:
    """Stores a service deal that awaits the seller's answer, with the platform's default commission.

    A `milestone` is answered until the time of its `contract`. The seller is paid to the payout account that they have
    now, else into a wallet. Raises `Malformed` unknown_currency, `Conflict` own_service, currency_not_served.
    """
    if buyer.id == seller.id:
        raise Conflict("own_service", "Nobody can propose a deal to themselves.", "seller_id")
    commission_bp = (await platform_settings(session)).default_commission_bp
    payee = await payee_of(session, seller.id, price.currency, commission_bp, "price.currency")
    deal_id, now = (await session.execute(select(func.uuidv7(type_=Uuid), func.clock_timestamp()))).one()
    answer_by = now + timedelta(seconds=answer_within_s) if contract is None else contract.answer_by
    deal = Deal(
        id=deal_id,
        marketplace_id=buyer.marketplace_id,
        buyer_id=buyer.id,
        seller_id=seller.id,
        contract_id=None if contract is None else contract.id,
        milestone=milestone,
        state=DealState.PROPOSED,
        title=title,
        description=description,
        price_minor=price.minor,
        currency=price.currency,
        commission_bp=commission_bp,
        payee_account=payee.number,
        payee_bank=payee.bank_id,
        settlement=terms.settlement,
        release=terms.release,
        inspection_s=terms.inspection_s,
        fee_policy=terms.fees.as_dict(),
        answer_by=answer_by,
        pay_within_s=pay_within_s,
        from_wallet=from_wallet,
        pay_by=answer_by + timedelta(seconds=pay_within_s),
        events=0,
    )
    session.add(deal)
    record_event(session, deal, f"deal.{deal.state}")
    await session.flush()
    return deal


def confirm(session: AsyncSession, deal: Deal, now: datetime) -> None:
    """Writes the seller's confirmation of a locked, proposed deal: from now on it takes money, until `pay_by`."""
    deal.confirmed_at = now
    deal.pay_by = now + timedelta(seconds=deal.pay_within_s or 0)
    record_event(session, deal, "deal.confirmed")
    move(session, deal, DealState.AWAITING_PAYMENT)


def end(session: AsyncSession, deal: Deal, reason: CloseReason) -> None:
    """Ends a locked, proposed deal. No money has come, so there is no verdict."""
    deal.closed_reason = reason
    deal.closed_at = func.clock_timestamp()
    move(session, deal, ENDS[reason])
