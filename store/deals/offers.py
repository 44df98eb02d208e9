"""Offers of sellers. Only a moderated offer can be bought."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, and_, or_, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.errors import Conflict, NotFound
from domain.money import MAX_MINOR, Money
from domain.terms import FeePolicy, Release, Settlement, Terms
from edge.turns import lock_row
from store.base import Base, Created, Id, Minor, inline
from store.deals.offer_changes import note_change
from store.mail.notices import put_notice

MAX_COMMISSION_BP = 5_000
MAX_QUANTITY = 1_000_000
DEFAULT_TERMS = Terms()
# Of a program's transactions: a purchase, or the end of a deal that returns its unit, has done most of its work when it
# locks the offer. So while one commits, others come that far.
AT_ONCE = 3


class OfferState(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"


class Offer(Base):
    __tablename__ = "offers"
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'approved', 'rejected')", "state"),
        CheckConstraint(f"price_minor > 0 AND price_minor <= {MAX_MINOR}", "price"),
        CheckConstraint("quantity >= 0", "quantity"),
        CheckConstraint("pay_within_s > 0", "pay_within"),
        CheckConstraint(f"commission_bp BETWEEN 0 AND {MAX_COMMISSION_BP}", "commission"),
        CheckConstraint("version > 0", "version"),
        CheckConstraint("rejection_reason IS NULL OR state = 'rejected'", "rejection_reason"),
        Index("ix_offers_marketplace_id", "marketplace_id", "id"),
        Index("ix_offers_on_sale", "marketplace_id", "id", postgresql_where=text("state = 'approved' AND on_sale")),
        Index("ix_offers_pending", "id", postgresql_where=text("state = 'pending'")),
        Index("ix_offers_seller_id", "seller_id", "id"),
    )

    id: Mapped[Id]
    marketplace_id: Mapped[UUID] = mapped_column(ForeignKey("marketplaces.id"))
    seller_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    title: Mapped[str]
    description: Mapped[str]
    price_minor: Mapped[Minor]
    currency: Mapped[str]
    pay_within_s: Mapped[int]
    """Seconds from the purchase to the payment deadline."""
    commission_bp: Mapped[int]
    """The platform's percentage in basis points; never shown to clients."""
    own_commission: Mapped[bool] = mapped_column(server_default=text("false"))
    """Set for this offer only; otherwise it follows the platform's default."""
    quantity: Mapped[int]
    """Units not yet sold or reserved by an open deal."""
    settlement: Mapped[str]
    release: Mapped[str]
    inspection_s: Mapped[int | None]
    """Seconds that the buyer has for the inspection; only with `on_acceptance`."""
    fee_policy: Mapped[dict[str, str]] = mapped_column(JSONB)
    """Who bears the fee of the payer's bank, by cause, when released money goes back."""
    state: Mapped[str]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    """Counts changes that buyers can see: texts, price, time to pay. Not the quantity."""
    on_sale: Mapped[bool] = mapped_column(server_default=text("true"))
    """Unset while the seller has taken it off sale; neither that nor putting it back needs moderation."""
    rejection_reason: Mapped[str | None]
    created_at: Mapped[Created]

    @property
    def price(self) -> Money:
        return Money(self.price_minor, self.currency)

    @property
    def can_be_bought(self) -> bool:
        """Whether strangers see it: approved by moderation, and not taken off sale."""
        return self.state == OfferState.APPROVED and self.on_sale

    @property
    def terms(self) -> Terms:
        fees = FeePolicy.from_dict(self.fee_policy)
        return Terms(Settlement(self.settlement), Release(self.release), self.inspection_s, fees)


async def create_offer(
    session: AsyncSession,
    marketplace_id: UUID,
    seller_id: UUID,
    *,
    title: str,
    description: str,
    price: Money,
    pay_within_s: int,
    quantity: int,
    terms: Terms = DEFAULT_TERMS,
) -> Offer:
    """Submits an offer for moderation, with the default commission."""
    default_bp = await session.scalar(text("SELECT default_commission_bp FROM platform_settings FOR SHARE"))
    offer = Offer(
        marketplace_id=marketplace_id,
        seller_id=seller_id,
        title=title,
        description=description,
        price_minor=price.minor,
        currency=price.currency,
        pay_within_s=pay_within_s,
        commission_bp=default_bp,
        quantity=quantity,
        settlement=terms.settlement,
        release=terms.release,
        inspection_s=terms.inspection_s,
        fee_policy=terms.fees.as_dict(),
        state=OfferState.PENDING,
    )
    session.add(offer)
    await session.flush()
    await note_change(session, offer.id, quantity, price)
    return offer


async def offer_of(
    session: AsyncSession,
    marketplace_id: UUID | None,
    offer_id: UUID,
    *,
    lock: bool = False,
    field: str | None = None,
    client: UUID | None = None,
) -> Offer:
    """The marketplace's offer (any marketplace's for None, an operator); `NotFound` unknown_offer otherwise.

    With `client` only offers that this user may see: those on sale and the user's own.
    """
    query = select(Offer).where(Offer.id == offer_id).execution_options(populate_existing=True)
    if marketplace_id is not None:
        query = query.where(Offer.marketplace_id == marketplace_id)
    if client is not None:
        query = query.where(_seen_by(client))
    offer = await (lock_row(session, query, offer_id, at_once=AT_ONCE) if lock else session.scalar(query))
    if offer is None:
        raise NotFound("unknown_offer", "There is no such offer.", field)
    return offer


async def offers_after(
    session: AsyncSession,
    marketplace_id: UUID | None,
    after: UUID | None,
    limit: int,
    until: datetime | None,
    *,
    client: UUID | None = None,
    state: str | None = None,
) -> list[Offer]:
    """A page of offers in order of ids (oldest first), those after `after`; of one `state` if given.

    With `client` only offers that this user may see: those on sale and the user's own.
    """
    query = select(Offer).order_by(Offer.id).limit(limit)
    if until is not None:
        query = query.where(Offer.created_at < until)
    if client is not None:
        query = query.where(_seen_by(client))
    if state is not None:
        query = query.where(Offer.state == state)
    if marketplace_id is not None:
        query = query.where(Offer.marketplace_id == marketplace_id)
    if after is not None:
        query = query.where(Offer.id > after)
    return list(await session.scalars(query))


def _seen_by(client: UUID) -> ColumnElement[bool]:
    return or_(and_(Offer.state == OfferState.APPROVED, Offer.on_sale), Offer.seller_id == client)


async def moderate(
    session: AsyncSession,
    offer_id: UUID,
    *,
    approve: bool,
    commission_bp: int | None,
    reason: str | None = None,
    version: int | None = None,
) -> Offer:
    """An operator's decision about an offer, made once; its seller gets a mail, with the `reason` of a rejection.

    Raises `Conflict` offer_moderated when it was already decided, offer_changed when `version` is not the current one.
    """
    offer = await offer_of(session, None, offer_id, lock=True)
    if offer.state != OfferState.PENDING:
        raise Conflict("offer_moderated", "The offer has been moderated already.")
    is_as_seen(offer, version=version)
    offer.state = OfferState.APPROVED if approve else OfferState.REJECTED
    offer.rejection_reason = None if approve else reason
    if commission_bp is not None:
        offer.commission_bp, offer.own_commission = commission_bp, True
    facts = {"offer_id": str(offer.id), "title": offer.title, "price": str(offer.price)}
    kind = f"offer.{offer.state}"
    if offer.rejection_reason is not None:
        kind, facts = f"{kind}/reason", facts | {"reason": offer.rejection_reason}
    await put_notice(session, offer.seller_id, kind, f"offer/{offer.id}/{offer.version}/moderation", facts)
    await session.flush()
    return offer


def is_as_seen(offer: Offer, *, version: int | None = None, price: Money | None = None) -> None:
    """Refuses to act on an offer that has changed since its reader saw it; None: the reader did not say.

    Raises `Conflict` offer_changed, with the current version.
    """
    if version in (None, offer.version) and price in (None, offer.price):
        return
    now = f"It costs {offer.price} now, to be paid within {offer.pay_within_s} s (version {offer.version})."
    raise Conflict("offer_changed", f"The offer has changed since it was looked at. {now}", "offer_id")


async def offers_on_sale(session: AsyncSession, marketplace_id: UUID, before: UUID | None, limit: int) -> list[Offer]:
    """A page of what can be bought now, newest first: on sale, with units left."""
    query = select(Offer).where(
        Offer.marketplace_id == marketplace_id,
        Offer.state == inline(OfferState.APPROVED),
        Offer.on_sale,
        Offer.quantity > 0,
    )
    if before is not None:
        query = query.where(Offer.id < before)
    return list(await session.scalars(query.order_by(Offer.id.desc()).limit(limit)))


async def offers_of_seller(session: AsyncSession, seller_id: UUID, before: UUID | None, limit: int) -> list[Offer]:
    """A page of a seller's own offers in every state, newest first."""
    query = select(Offer).where(Offer.seller_id == seller_id)
    if before is not None:
        query = query.where(Offer.id < before)
    return list(await session.scalars(query.order_by(Offer.id.desc()).limit(limit)))


async def offer_of_seller(session: AsyncSession, seller_id: UUID, offer_id: UUID, *, lock: bool = False) -> Offer:
    """A seller's own offer; `NotFound` unknown_offer for everybody else's."""
    query = select(Offer).where(Offer.id == offer_id, Offer.seller_id == seller_id)
    query = query.execution_options(populate_existing=True)
    offer = await (lock_row(session, query, offer_id, at_once=AT_ONCE) if lock else session.scalar(query))
    if offer is None:
        raise NotFound("unknown_offer", "There is no such offer.")
    return offer


async def change_offer(
    session: AsyncSession,
    offer: Offer,
    *,
    title: str,
    description: str,
    price: Money,
    pay_within_s: int,
    more: int,
) -> None:
    """Writes a seller's changes to a locked offer, which then awaits moderation again. Existing deals keep their terms.

    `more` is the change of the quantity, independent of sales since the seller looked; changing only the quantity keeps
    the moderation. Raises `Conflict` page_outdated when less than that is left.
    """
    if not 0 <= offer.quantity + more <= MAX_QUANTITY:
        raise Conflict(
            "page_outdated", "This page is out of date: something has changed since. Look again.", "quantity"
        )
    offer.quantity += more
    before = (offer.title, offer.description, offer.price, offer.pay_within_s)
    if before != (title, description, price, pay_within_s):
        offer.title, offer.description = title, description
        offer.price_minor, offer.currency = price.minor, price.currency
        offer.pay_within_s = pay_within_s
        offer.state, offer.rejection_reason = OfferState.PENDING, None
        offer.version += 1
    await session.flush()
    await note_change(session, offer.id, more, price)


async def put_on_sale(session: AsyncSession, offer: Offer, *, on_sale: bool) -> None:
    """Takes a locked offer off sale, or puts it back; existing deals continue."""
    offer.on_sale = on_sale
    await session.flush()
