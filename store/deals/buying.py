"""How a deal begins: what decides it is read first, then its offer is locked for as few statements as possible."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Uuid, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.deals import DealState
from domain.errors import Conflict
from domain.money import Money
from edge.turns import lock_rows
from store.banks.accounts import Account, payout_account_and_bank
from store.deals.deals import Deal, record_event
from store.deals.offers import AT_ONCE, Offer, OfferState, is_as_seen, offer_of
from store.people.users import User
from store.wallets.wallets import Wallet, wallet_for


async def buy(
    session: AsyncSession,
    marketplace_id: UUID,
    *,
    offer_id: UUID,
    buyer: User,
    version: int | None = None,
    price: Money | None = None,
    client: UUID | None = None,
) -> Deal:
    """Buys one unit of an offer that is on sale; the deal then awaits payment until `pay_by`.

    `version` and `price` are what the buyer saw, if known; to a `client` offers that they may not see are unknown.
    A seller without a payout account is paid into a wallet. Nothing may follow in the transaction that waits for
    anything: other buyers wait for the offer's row. Raises `NotFound` unknown_offer; `Conflict` offer_not_available,
    offer_changed, own_offer, sold_out, currency_not_served.
    """
    seen = await offer_of(session, marketplace_id, offer_id, field="offer_id", client=client)
    _may_be_bought(seen, buyer.id, version=version, price=price)
    currency, payee = seen.currency, await _payee(session, seen)
    offer, deal_id, now = await _lock(session, offer_id)
    _may_be_bought(offer, buyer.id, version=version, price=price)
    if offer.currency != currency:  # changed meanwhile, and approved again
        payee = await _payee(session, offer)
    offer.quantity -= 1
    deal = Deal(
        id=deal_id,
        marketplace_id=marketplace_id,
        offer_id=offer.id,
        buyer_id=buyer.id,
        seller_id=offer.seller_id,
        state=DealState.AWAITING_PAYMENT,
        title=offer.title,
        description=offer.description,
        price_minor=offer.price_minor,
        currency=offer.currency,
        commission_bp=offer.commission_bp,
        payee_account=payee.number,
        payee_bank=payee.bank_id,
        settlement=offer.settlement,
        release=offer.release,
        inspection_s=offer.inspection_s,
        fee_policy=offer.fee_policy,
        pay_by=now + timedelta(seconds=offer.pay_within_s),
        events=0,
    )
    session.add(deal)
    record_event(session, deal, f"deal.{deal.state}")
    await session.flush()
    return deal


def _may_be_bought(offer: Offer, buyer_id: UUID, *, version: int | None = None, price: Money | None = None) -> None:
    """Refuses a purchase that the offer does not allow as it is; `version` and `price` as of `is_as_seen`.

    Raises `Conflict` offer_not_available, offer_changed, own_offer, sold_out.
    """
    if offer.state != OfferState.APPROVED:
        raise Conflict("offer_not_available", "The offer has not been approved.", "offer_id")
    if not offer.on_sale:
        raise Conflict("offer_not_available", "The seller has taken the offer off sale.", "offer_id")
    is_as_seen(offer, version=version, price=price)
    if offer.seller_id == buyer_id:
        raise Conflict("own_offer", "You cannot buy your own offer.", "buyer_id")
    if offer.quantity < 1:
        raise Conflict("sold_out", "This offer is sold out.", "offer_id")


async def _lock(session: AsyncSession, offer_id: UUID) -> tuple[Offer, UUID, datetime]:
    """A known offer as it is now, locked; with the id and the time for a deal, which save a statement under the lock.

    The time is the database's, and may be from before a wait for the lock.
    """

    async def key() -> UUID:
        return offer_id

    query = select(Offer, func.uuidv7(type_=Uuid), func.clock_timestamp()).where(Offer.id == offer_id)
    found = await lock_rows(session, query, [Offer], key, at_once=AT_ONCE)
    assert found is not None
    offer, deal_id, now = found
    return offer, deal_id, now


async def _payee(session: AsyncSession, offer: Offer) -> Account | Wallet:
    return await payee_of(session, offer.seller_id, offer.currency, offer.commission_bp, "offer_id")


async def payee_of(
    session: AsyncSession, seller_id: UUID, currency: str, commission_bp: int, field: str
) -> Account | Wallet:
    """The seller's payout account, else the seller's wallet, opened if there is none.

    Raises `Conflict` currency_not_served, naming `field`.
    """
    found = await payout_account_and_bank(session, seller_id, currency)
    if found is None:
        return await wallet_for(session, seller_id, currency)
    account, bank = found
    if commission_bp and bank.currency != currency:
        # Found only after the capture, it would leave commission that cannot be paid and a deal that cannot end.
        raise Conflict("currency_not_served", "The seller's bank has no commission account in it.", field)
    return account
