"""Contracts: rows that never change. All that happens to a contract happens to its milestones, which are deals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.contracts import MAX_MILESTONES, MIN_MILESTONES, ContractState, state_of
from domain.deals import DealState
from domain.errors import Conflict, NotFound
from domain.money import Money
from store.base import Base, Created, Id, in_pages
from store.deals.deals import Deal
from store.people.users import User


class Contract(Base):
    __tablename__ = "contracts"
    __table_args__ = (
        CheckConstraint(f"milestones BETWEEN {MIN_MILESTONES} AND {MAX_MILESTONES}", "milestones"),
        CheckConstraint("buyer_id <> seller_id", "two_parties"),
        Index("ix_contracts_marketplace_id", "marketplace_id", "id"),
        Index("ix_contracts_buyer_id", "buyer_id", "id"),
        Index("ix_contracts_seller_id", "seller_id", "id"),
    )

    id: Mapped[Id]
    marketplace_id: Mapped[UUID] = mapped_column(ForeignKey("marketplaces.id"))
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    seller_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    title: Mapped[str]
    description: Mapped[str]
    currency: Mapped[str]
    milestones: Mapped[int]
    """How many there are; the deals are numbered from 1."""
    answer_by: Mapped[datetime]
    """Until when the seller may confirm or deny: the same for every milestone. Market database clock."""
    created_at: Mapped[Created]


@dataclass(frozen=True, slots=True)
class Brief:
    """A contract as lists show it: the states of its milestones, and the sum of their prices in minor units."""

    contract: Contract
    states: tuple[DealState, ...]
    price_minor: int

    @property
    def state(self) -> ContractState:
        return state_of(self.states)

    @property
    def price(self) -> Money:
        return Money(self.price_minor, self.contract.currency)


async def add_contract(
    session: AsyncSession,
    buyer: User,
    seller: User,
    *,
    title: str,
    description: str,
    currency: str,
    milestones: int,
    answer_within_s: int,
) -> Contract:
    """Stores a contract without its milestones, which have to follow in the same transaction.

    Raises `Conflict` own_service.
    """
    if buyer.id == seller.id:
        raise Conflict("own_service", "Nobody can propose a contract to themselves.", "seller_id")
    now = await session.scalar(select(func.clock_timestamp()))
    assert isinstance(now, datetime)
    contract = Contract(
        marketplace_id=buyer.marketplace_id,
        buyer_id=buyer.id,
        seller_id=seller.id,
        title=title,
        description=description,
        currency=currency,
        milestones=milestones,
        answer_by=now + timedelta(seconds=answer_within_s),
    )
    session.add(contract)
    await session.flush()
    return contract


async def contract_of(
    session: AsyncSession, marketplace_id: UUID | None, contract_id: UUID, *, party: UUID | None = None
) -> Contract:
    """The marketplace's contract (any marketplace's for None, an operator); `NotFound` unknown_contract otherwise.

    With `party` only a contract in which this user buys or sells.
    """
    query = select(Contract).where(Contract.id == contract_id)
    if party is not None:
        query = query.where(or_(Contract.buyer_id == party, Contract.seller_id == party))
    if marketplace_id is not None:
        query = query.where(Contract.marketplace_id == marketplace_id)
    contract = await session.scalar(query)
    if contract is None:
        raise NotFound("unknown_contract", "There is no such contract.")
    return contract


async def milestones_of(session: AsyncSession, contract_id: UUID) -> list[Deal]:
    """The milestones of a contract, first to last."""
    query = select(Deal).where(Deal.contract_id == contract_id).order_by(Deal.milestone)
    return list(await session.scalars(query))


async def lock_milestones(session: AsyncSession, contract_id: UUID) -> list[Deal]:
    """All milestones of a contract as they are now, first to last. Their rows are locked in the order of ids."""
    query = select(Deal).where(Deal.contract_id == contract_id).order_by(Deal.id)
    query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return sorted(await session.scalars(query), key=lambda deal: deal.milestone or 0)


async def contracts_after(
    session: AsyncSession,
    marketplace_id: UUID | None,
    after: UUID | None,
    limit: int,
    until: datetime | None,
    *,
    party: UUID | None = None,
) -> list[Brief]:
    """A page of contracts, as of `store.base.in_pages`; of `party` alone if given."""
    query = select(Contract)
    if party is not None:
        query = query.where(or_(Contract.buyer_id == party, Contract.seller_id == party))
    if marketplace_id is not None:
        query = query.where(Contract.marketplace_id == marketplace_id)
    found = list(await session.scalars(in_pages(query, Contract.id, Contract.created_at, after, until).limit(limit)))
    return await _briefs(session, found)


async def _briefs(session: AsyncSession, contracts: Sequence[Contract]) -> list[Brief]:
    query = select(Deal.contract_id, func.array_agg(Deal.state), func.sum(Deal.price_minor)).group_by(Deal.contract_id)
    rows = await session.execute(query.where(Deal.contract_id.in_([contract.id for contract in contracts])))
    sums = {contract_id: (states, int(minor)) for contract_id, states, minor in rows}
    return [
        Brief(contract, tuple(map(DealState, sums[contract.id][0])), sums[contract.id][1]) for contract in contracts
    ]
