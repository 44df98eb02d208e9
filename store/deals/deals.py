"""Deals: the rows, and how their state changes under their lock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVarTuple
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Select, func, or_, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.deals import FINAL, MACHINE, DealState
from domain.errors import NotFound
from domain.money import Money
from domain.terms import FeePolicy, Release, Settlement, Terms
from edge.turns import lock_row
from store.base import Minor, WorkflowRow
from store.payments.events import Event

_Row = TypeVarTuple("_Row")
_IN_FINAL = ", ".join(f"'{state}'" for state in sorted(FINAL))


class Deal(WorkflowRow):
    __tablename__ = "deals"
    machine = MACHINE
    __table_args__ = (
        CheckConstraint("price_minor > 0", "price"),
        CheckConstraint("buyer_id <> seller_id", "two_parties"),
        CheckConstraint(f"(state IN ({_IN_FINAL})) = (final_at IS NOT NULL)", "final_at"),
        CheckConstraint(
            "split_minor IS NULL"
            " OR split_minor BETWEEN 1 AND price_minor - coalesce(undisputed_minor, 1) AND released_at IS NOT NULL",
            "split",
        ),
        CheckConstraint("undisputed_minor BETWEEN 1 AND price_minor - 1", "undisputed"),
        CheckConstraint(
            "CASE WHEN offer_id IS NULL THEN answer_by IS NOT NULL AND pay_within_s > 0"
            " ELSE num_nonnulls(answer_by, pay_within_s, confirmed_at) = 0 END",
            "service",
        ),
        CheckConstraint(
            "CASE WHEN contract_id IS NULL THEN milestone IS NULL ELSE milestone > 0 AND offer_id IS NULL END",
            "milestone",
        ),
        CheckConstraint("waits_on IS NULL OR from_wallet", "from_wallet"),
        Index("ix_deals_open", "id", postgresql_where=text("final_at IS NULL")),
        Index("ix_deals_buyer_id", "buyer_id", "id"),
        Index("ix_deals_seller_id", "seller_id", "id"),
        Index("ix_deals_offer_id", "offer_id", "buyer_id"),
        CheckConstraint("num_nulls(status, status_by, status_at) IN (0, 3)", "status"),
        Index("ix_deals_status", "status", "id", postgresql_where=text("status IS NOT NULL")),
        Index(
            "uq_deals_milestone",
            "contract_id",
            "milestone",
            unique=True,
            postgresql_where=text("contract_id IS NOT NULL"),
        ),
        Index(
            "ix_deals_waits_on",
            "waits_on",
            text("coalesce(confirmed_at, created_at)"),
            "id",
            postgresql_where=text("waits_on IS NOT NULL"),
        ),
    )

    marketplace_id: Mapped[UUID] = mapped_column(ForeignKey("marketplaces.id"))
    offer_id: Mapped[UUID | None] = mapped_column(ForeignKey("offers.id"))
    """The offer that was bought; None for a service deal, which its buyer proposes to its seller."""
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    seller_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    contract_id: Mapped[UUID | None] = mapped_column(ForeignKey("contracts.id"))
    """The contract of which it is a milestone, if it is one."""
    milestone: Mapped[int | None]
    """Its number in the contract: 1, 2, 3, …"""
    # The terms, frozen at creation.
    title: Mapped[str]
    """Title in the seller's words when the deal began; the offer's title may change later."""
    description: Mapped[str]
    price_minor: Mapped[Minor]
    currency: Mapped[str]
    commission_bp: Mapped[int]
    payee_account: Mapped[str]
    """Number of the seller's account for the payout, or wallet; its bank decides the fee of every payment."""
    payee_bank: Mapped[int]
    """The bank of that account; 0, the platform, for a wallet."""
    settlement: Mapped[str]
    release: Mapped[str]
    inspection_s: Mapped[int | None]
    fee_policy: Mapped[dict[str, str]] = mapped_column(JSONB)
    pay_by: Mapped[datetime]
    """A code submitted at this instant is still in time. Market database clock. Only an extension changes it.

    Of a proposed deal: the latest that it can become when the seller confirms.
    """
    # Of a service deal, else None.
    answer_by: Mapped[datetime | None]
    """Until when the seller may confirm or deny. Market database clock."""
    pay_within_s: Mapped[int | None]
    """Seconds from the confirmation to the payment deadline."""
    confirmed_at: Mapped[datetime | None]
    """When the seller confirmed. Market database clock."""
    from_wallet: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether the buyer lets the deal take what is left to pay from their wallet, without a code."""
    waits_on: Mapped[int | None] = mapped_column(BigInteger)
    """The ledger account of that wallet, while the deal waits until the wallet has it."""
    # The verdict.
    closed_reason: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    verdict: Mapped[str | None]
    verdict_at: Mapped[datetime | None]
    inspect_by: Mapped[datetime | None]
    """Until when the buyer may inspect, if the deal is funded and not released at once. Market database clock."""
    accepted_at: Mapped[datetime | None]
    split_minor: Mapped[int | None] = mapped_column(BigInteger)
    """The part of the price that goes back to the buyer once the seller is paid, as decided in a dispute."""
    undisputed_minor: Mapped[int | None] = mapped_column(BigInteger)
    """The part of the price that the buyer had paid out to the seller during a dispute."""
    released_at: Mapped[datetime | None]
    """When the deal decided to pay the seller: money that goes back after that is a refund."""
    flagged_at: Mapped[datetime | None]
    """Since when an operator should look: a bank's answer has been unknown for too long."""
    events: Mapped[int] = mapped_column(server_default=text("0"))
    status: Mapped[str | None] = mapped_column(ForeignKey("statuses.code"))
    """What a party or an operator said last about its progress; it decides nothing."""
    status_by: Mapped[str | None]
    status_at: Mapped[datetime | None]

    @property
    def agreed_at(self) -> datetime:
        """When both parties had agreed: a purchase when it was made, a service deal when its seller confirmed it."""
        return self.confirmed_at or self.created_at

    @property
    def price(self) -> Money:
        return Money(self.price_minor, self.currency)

    @property
    def disputed(self) -> Money:
        """What a dispute can still be about: the price, less the undisputed part that was paid out."""
        return Money(self.price_minor - (self.undisputed_minor or 0), self.currency)

    @property
    def is_service(self) -> bool:
        return self.offer_id is None

    @property
    def confirmed(self) -> bool:
        """Whether both parties have agreed to it, as they have to every purchase: then its time to pay runs."""
        return not self.is_service or self.confirmed_at is not None

    @property
    def terms(self) -> Terms:
        fees = FeePolicy.from_dict(self.fee_policy)
        return Terms(Settlement(self.settlement), Release(self.release), self.inspection_s, fees)


def record_event(session: AsyncSession, deal: Deal, type_: str, **data: object) -> None:
    """Adds the next event of `deal`, whose row the caller has locked."""
    deal.redrives = 0
    _add_event(session, deal, type_, data)


def note_event(session: AsyncSession, deal: Deal, type_: str, **data: object) -> None:
    """As `record_event`, for what is no news to the deal's workflow: the redriver does not signal it for this."""
    if deal.events == 1:  # without any news so far (`store/operations/idle.py`)
        deal.redrives = max(deal.redrives, 1)
    _add_event(session, deal, type_, data)


def _add_event(session: AsyncSession, deal: Deal, type_: str, data: dict[str, object]) -> None:
    deal.events += 1
    session.add(Event(deal_id=deal.id, subject_id=deal.id, number=deal.events, type=type_, data=data))


def move(session: AsyncSession, deal: Deal, state: DealState, **data: object) -> None:
    """Moves a locked deal to `state` with its event; the database refuses a transition that the rules do not allow."""
    deal.state = state
    if state in FINAL:
        deal.final_at = func.clock_timestamp()
    record_event(session, deal, f"deal.{state}", **data)


async def deal_of(
    session: AsyncSession, marketplace_id: UUID | None, deal_id: UUID, *, party: UUID | None = None
) -> Deal:
    """The marketplace's deal (any marketplace's for None, an operator); `NotFound` unknown_deal otherwise.

    With `party` only a deal in which this user buys or sells.
    """
    deal = await session.scalar(in_sight(select(Deal).where(Deal.id == deal_id), marketplace_id, party))
    if deal is None:
        raise NotFound("unknown_deal", "There is no such deal.")
    return deal


def in_sight(query: Select[*_Row], marketplace_id: UUID | None, party: UUID | None) -> Select[*_Row]:
    """Narrows a query of deals to the marketplace's, unless None, and to those in which `party` buys or sells."""
    if party is not None:
        query = query.where(or_(Deal.buyer_id == party, Deal.seller_id == party))
    if marketplace_id is not None:
        query = query.where(Deal.marketplace_id == marketplace_id)
    return query


async def lock_deal(
    session: AsyncSession, deal_id: UUID, marketplace_id: UUID | None = None, *, party: UUID | None = None
) -> Deal:
    """As `deal_of`, with the deal's row locked (`FOR NO KEY UPDATE`), as it is now.

    Take it first, before payments and accounts; ask `clock.now` only in a later statement.
    """
    query = in_sight(select(Deal).where(Deal.id == deal_id), marketplace_id, party)
    deal = await lock_row(session, query.execution_options(populate_existing=True), deal_id)
    if deal is None:
        raise NotFound("unknown_deal", "There is no such deal.")
    return deal


async def deals_after(
    session: AsyncSession,
    marketplace_id: UUID | None,
    after: UUID | None,
    limit: int,
    until: datetime,
    *,
    party: UUID | None = None,
    status: str | None = None,
) -> list[Deal]:
    """A page of deals in order of ids (oldest first), after `after`; of `party`, and with `status`, if given."""
    query = in_sight(select(Deal).where(Deal.created_at < until), marketplace_id, party)
    query = query.order_by(Deal.id).limit(limit)
    if status is not None:
        query = query.where(Deal.status == status)
    if after is not None:
        query = query.where(Deal.id > after)
    return list(await session.scalars(query))


async def deals_of_user(session: AsyncSession, user_id: UUID, before: UUID | None, limit: int) -> list[Deal]:
    """A page of the deals in which a user buys or sells, newest first."""
    query = select(Deal).where(or_(Deal.buyer_id == user_id, Deal.seller_id == user_id))
    if before is not None:
        query = query.where(Deal.id < before)
    return list(await session.scalars(query.order_by(Deal.id.desc()).limit(limit)))


async def titles_of(session: AsyncSession, deal_ids: Sequence[UUID]) -> dict[str, str]:
    """The title of each deal, by its id as text."""
    query = select(Deal.id, Deal.title).where(Deal.id.in_(deal_ids))
    return {str(deal_id): title for deal_id, title in await session.execute(query)}


async def deal_of_party(session: AsyncSession, user_id: UUID, deal_id: UUID) -> Deal:
    """The deal of which the user is a party; `NotFound` unknown_deal for everybody else's."""
    query = select(Deal).where(Deal.id == deal_id, or_(Deal.buyer_id == user_id, Deal.seller_id == user_id))
    deal = await session.scalar(query)
    if deal is None:
        raise NotFound("unknown_deal", "There is no such deal.")
    return deal


async def purchases(session: AsyncSession, buyer_id: UUID, offer_id: UUID) -> int:
    """How many deals the buyer has begun with this offer."""
    query = select(func.count()).where(Deal.buyer_id == buyer_id, Deal.offer_id == offer_id)
    return await session.scalar(query) or 0


async def unpaid_purchase(session: AsyncSession, buyer_id: UUID, offer_id: UUID) -> Deal | None:
    """The newest deal about this offer that the buyer has begun and not paid any part of."""
    query = select(Deal).where(
        Deal.buyer_id == buyer_id, Deal.offer_id == offer_id, Deal.state == DealState.AWAITING_PAYMENT
    )
    return await session.scalar(query.order_by(Deal.id.desc()).limit(1))
