"""Addresses on the chain, derived by the signer: each is used for one top-up, and for nothing else."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from store.base import Base, Created

COUNTED: Final = 1_000  # more free addresses than the pool is filled up to


class ChainAddress(Base):
    """Without a top-up it is free: it waits in the pool."""

    __tablename__ = "chain_addresses"
    __table_args__ = (
        CheckConstraint("index >= 0", "index"),
        CheckConstraint("balance_minor >= 0", "balance"),
        Index("ix_chain_addresses_free", "index", postgresql_where=text("top_up_id IS NULL")),
        Index("ix_chain_addresses_balance", "balance_minor", postgresql_where=text("balance_minor > 0")),
        Index("ix_chain_addresses_funded", "index", postgresql_where=text("balance_minor > 0")),
    )

    index: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """The last part of the path by which the signer derives it."""
    address: Mapped[str] = mapped_column(unique=True)
    top_up_id: Mapped[UUID | None] = mapped_column(ForeignKey("top_ups.id"), unique=True)
    created_at: Mapped[Created]
    balance_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    """Units of the token that are booked here and not yet moved on to the main wallet."""
    funded_at: Mapped[datetime | None]
    """Since when it has had any. A trigger writes it with the balance. Market database clock."""
    sweep_failures: Mapped[int] = mapped_column(server_default=text("0"))
    """How often moving it has failed in a row."""
    sweep_after: Mapped[datetime | None]
    """Until when it is left alone after that."""


async def take_free(session: AsyncSession, top_up_id: UUID) -> ChainAddress | None:
    """Gives the next free address to a top-up, for ever. None: the pool is empty. Others do not wait for each other.

    One to which somebody has sent money by mistake is left out.
    """
    free = select(ChainAddress).where(ChainAddress.top_up_id.is_(None), ChainAddress.balance_minor == 0)
    free = free.order_by(ChainAddress.index).limit(1)
    found = await session.scalar(free.with_for_update(skip_locked=True, key_share=True))
    if found is not None:
        found.top_up_id = top_up_id
        await session.flush()
    return found


async def address_of(session: AsyncSession, top_up_id: UUID) -> str | None:
    return await session.scalar(select(ChainAddress.address).where(ChainAddress.top_up_id == top_up_id))


async def known_addresses(session: AsyncSession, addresses: Collection[str]) -> dict[str, ChainAddress]:
    """Those of `addresses` that are ours, by one statement."""
    query = select(ChainAddress).where(ChainAddress.address == func.any(list(addresses)))
    return {row.address: row for row in await session.scalars(query)}


async def pool(session: AsyncSession) -> tuple[int, int]:
    """How many addresses are free, counted to `COUNTED`, and the index of the next one to derive."""
    some = select(ChainAddress.index).where(ChainAddress.top_up_id.is_(None)).order_by(ChainAddress.index)
    free = select(func.count()).select_from(some.limit(COUNTED).subquery()).scalar_subquery()
    last = select(ChainAddress.index).order_by(ChainAddress.index.desc()).limit(1).scalar_subquery()
    row = (await session.execute(select(free, func.coalesce(last + 1, 0)))).one()
    return row[0], row[1]


async def add_to_pool(session: AsyncSession, first: int, addresses: Sequence[str]) -> None:
    """Stores derived addresses with the indexes `first` and on; what is known already is left as it is."""
    rows = [{"index": first + number, "address": address} for number, address in enumerate(addresses)]
    if rows:
        await session.execute(insert(ChainAddress).values(rows).on_conflict_do_nothing(index_elements=["index"]))


async def ours(session: AsyncSession, addresses: Collection[str]) -> list[str]:
    """Those of `addresses` that are ours: as many as a batch of blocks names, by one statement."""
    query = select(ChainAddress.address).where(ChainAddress.address == func.any(list(addresses)))
    return list(await session.scalars(query))


async def addresses_of_top_ups(session: AsyncSession, top_up_ids: Collection[UUID]) -> dict[UUID, str]:
    """The addresses that these top-ups have, by top-up; one by bank transfer has none."""
    query = select(ChainAddress.top_up_id, ChainAddress.address)
    rows = await session.execute(query.where(ChainAddress.top_up_id == func.any(list(top_up_ids))))
    return {row[0]: row[1] for row in rows if row[0] is not None}
