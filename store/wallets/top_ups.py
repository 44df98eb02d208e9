"""Top-ups: what a user has ordered to come into a wallet by a gateway, and what of it has arrived."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Uuid, bindparam, func, select, text, union
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.errors import NotFound
from domain.money import Money
from domain.top_ups import FINAL, MACHINE, TopUpState
from store.base import Minor, WorkflowRow, in_pages
from store.chain.addresses import ChainAddress
from store.deals.deals import Deal
from store.wallets.wallets import Wallet, visible

_IN_FINAL: Final = ", ".join(f"'{state}'" for state in sorted(FINAL))


class TopUp(WorkflowRow):
    __tablename__ = "top_ups"
    machine = MACHINE
    __table_args__ = (
        CheckConstraint("amount_minor > 0", "amount"),
        CheckConstraint("received_minor >= 0 AND late_minor >= 0 AND seen_minor >= 0", "arrived"),
        CheckConstraint(f"(state IN ({_IN_FINAL})) = (final_at IS NOT NULL)", "final_at"),
        CheckConstraint("(state = 'failed') = (failed_reason IS NOT NULL)", "failed"),
        CheckConstraint("(failed_reason IS NULL) = (failed_by IS NULL)", "failed_by"),
        Index("ix_top_ups_wallet_id", "wallet_id", "id"),
        Index("ix_top_ups_deal_id", "deal_id", postgresql_where=text("deal_id IS NOT NULL AND final_at IS NULL")),
        Index("ix_top_ups_wallet_open", "wallet_id", postgresql_where=text("final_at IS NULL")),
        Index("ix_top_ups_ending", "gateway", "pay_by", postgresql_where=text("final_at IS NULL")),
        Index("ix_top_ups_seen", "gateway", postgresql_where=text("seen_minor > 0")),
        Index(
            "ix_top_ups_open",
            "id",
            postgresql_where=text("final_at IS NULL OR final_at >= coalesce(redriven_at, created_at)"),
        ),
    )

    wallet_id: Mapped[UUID] = mapped_column(ForeignKey("wallets.id"))
    gateway: Mapped[str]
    amount_minor: Mapped[Minor]
    currency: Mapped[str]
    pay_by: Mapped[datetime]
    """Money valued at this instant is still in time. By the gateway's own record of when it was paid."""
    deal_id: Mapped[UUID | None] = mapped_column(ForeignKey("deals.id"))
    """The deal that it shall fund, if any."""
    received_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    """Credited, and valued in time."""
    late_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    """Credited, and valued later."""
    seen_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    """In blocks that may still vanish. Only shown."""
    reference: Mapped[str | None] = mapped_column(unique=True)
    """What the payer gives with a bank transfer."""
    failed_reason: Mapped[str | None]
    failed_by: Mapped[UUID | None] = mapped_column(ForeignKey("operators.id"))
    flagged_at: Mapped[datetime | None]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def received(self) -> Money:
        return Money(self.received_minor, self.currency)

    @property
    def late(self) -> Money:
        return Money(self.late_minor, self.currency)

    @property
    def seen(self) -> Money:
        return Money(self.seen_minor, self.currency)


async def top_up_of(
    session: AsyncSession,
    marketplace_id: UUID | None,
    top_up_id: UUID,
    *,
    owner: UUID | None = None,
    lock: bool = False,
) -> TopUp:
    """A top-up of one of the marketplace's users (any for None), with `owner` of this one.

    Raises `NotFound` unknown_top_up.
    """
    query = select(TopUp).where(TopUp.id == top_up_id)
    found = await visible(session, query, (TopUp.wallet_id,), marketplace_id, owner, lock=lock)
    if found is None:
        raise NotFound("unknown_top_up", "There is no such top-up.")
    return found


async def top_ups_of(
    session: AsyncSession, wallet_id: UUID, after: UUID | None, limit: int, *, until: datetime | None
) -> list[TopUp]:
    """A page of a wallet's top-ups, oldest first until a moment, else newest first."""
    query = select(TopUp).where(TopUp.wallet_id == wallet_id)
    return list(await session.scalars(in_pages(query, TopUp.id, TopUp.created_at, after, until).limit(limit)))


async def lock_top_ups(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, TopUp]:
    """These top-ups, locked in the order of their ids."""
    query = select(TopUp).where(TopUp.id == func.any(list(ids))).order_by(TopUp.id)
    locked = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return {row.id: row for row in await session.scalars(locked)}


def is_final(top_up: TopUp) -> bool:
    return TopUpState(top_up.state) in FINAL


@dataclass(frozen=True, slots=True)
class Owner:
    """What never changes of the top-up that an address or a reference belongs to."""

    top_up_id: UUID
    wallet_id: UUID
    gateway: str
    currency: str


_OWNER: Final[tuple[Any, ...]] = (TopUp.id, TopUp.wallet_id, TopUp.gateway, TopUp.currency)


async def of_addresses(session: AsyncSession, addresses: Collection[str]) -> dict[str, Owner]:
    """The top-ups of these addresses on the chain; a free or foreign address has none."""
    if not addresses:
        return {}
    query = select(ChainAddress.address, *_OWNER).join(TopUp, TopUp.id == ChainAddress.top_up_id)
    query = query.where(ChainAddress.address == func.any(list(addresses)))
    return {row[0]: Owner(*row[1:]) for row in await session.execute(query)}


async def of_references(session: AsyncSession, references: Collection[str]) -> dict[str, Owner]:
    """The top-ups with these references."""
    if not references:
        return {}
    query = select(TopUp.reference, *_OWNER).where(TopUp.reference == func.any(list(references)))
    return {row[0]: Owner(*row[1:]) for row in await session.execute(query)}


async def ending(
    session: AsyncSession, gateway: str, after: datetime | None, until: datetime, limit: int
) -> list[TopUp]:
    """Open top-ups whose time to pay ended between these moments of the gateway's record."""
    query = select(TopUp).where(TopUp.gateway == gateway, TopUp.final_at.is_(None), TopUp.pay_by <= until)
    if after is not None:
        query = query.where(TopUp.pay_by > after)
    return list(await session.scalars(query.order_by(TopUp.pay_by).limit(limit)))


async def note_seen_amounts(session: AsyncSession, gateway: str, amounts: Mapping[UUID, int]) -> dict[UUID, TopUp]:
    """What is seen for each top-up, and nothing for any other of the gateway; those that changed, locked."""
    seen_before = await session.scalars(select(TopUp.id).where(TopUp.gateway == gateway, TopUp.seen_minor > 0))
    rows = await lock_top_ups(session, {*seen_before, *amounts})
    changed = {id_: row for id_, row in rows.items() if row.seen_minor != amounts.get(id_, 0)}
    for id_, row in changed.items():
        row.seen_minor = amounts.get(id_, 0)
    await session.flush()
    return changed


async def count_open(session: AsyncSession, user_id: UUID) -> int:
    """How many open top-ups the wallets of a user have. Exact only with the person locked."""
    query = select(func.count()).select_from(TopUp).join(Wallet, Wallet.id == TopUp.wallet_id)
    return int(await session.scalar(query.where(Wallet.user_id == user_id, TopUp.final_at.is_(None))) or 0)


async def gateways_to_wait_for(session: AsyncSession, deal: Deal) -> list[str]:
    """The gateways of open top-ups that name a deal, or that are of the wallet on which it waits."""
    open_ones = select(TopUp.gateway).where(TopUp.final_at.is_(None))
    of_wallet = open_ones.join(Wallet, Wallet.id == TopUp.wallet_id).where(Wallet.account_id == deal.waits_on)
    query = union(open_ones.where(TopUp.deal_id == deal.id), of_wallet)
    return list(await session.scalars(query))


_CIRCUMSTANCES: Final = text(
    """
    SELECT t.id, market_now(t.id), coalesce((
        SELECT sum(i.amount_minor) FROM incoming_transfers i WHERE i.top_up_id = t.id AND i.state = 'held_back'), 0)
    FROM unnest(:ids) AS t (id)
    """
).bindparams(bindparam("ids", type_=ARRAY(Uuid)))


async def circumstances(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, tuple[datetime, int]]:
    """For each of these top-ups the market database's time, and the sum that is held back for it."""
    rows = await session.execute(_CIRCUMSTANCES, {"ids": list(ids)})
    return {row[0]: (row[1], int(row[2])) for row in rows}
