"""Deals that wait for money in the wallets of their buyers, and the news that a wallet may have it.

A trigger writes news in the transaction that credits a wallet on which a deal waits (`store/sql/funding.sql`). Looking
at the first deal that waits ends the news in the transaction that decides.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Identity, Index, bindparam, func, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from store.base import Base
from store.deals.deals import Deal


class WalletNews(Base):
    """Deals that wait on this ledger account may be funded now."""

    __tablename__ = "wallet_news"
    __table_args__ = (
        Index("ix_wallet_news_waiting", "account_id", postgresql_where=text("done_at IS NULL")),
        Index("ix_wallet_news_since", "account_id", "since"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    account_id: Mapped[int] = mapped_column(BigInteger)
    since: Mapped[datetime]
    """Since when the money may be there: market database clock, or when it was paid, by its gateway's record."""
    amount_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    """How much more became available."""
    done_at: Mapped[datetime | None]


# The news is as old as what it follows: money that came in time is in time for each deal that it is enough for.
_PASS_ON: Final = text(
    """
    INSERT INTO wallet_news (account_id, since)
    SELECT :account, coalesce(
        (SELECT min(n.since) FROM wallet_news n WHERE n.account_id = :account AND n.done_at IS NULL),
        market_now(:deal))
    WHERE EXISTS (SELECT FROM deals d WHERE d.waits_on = :account AND d.id <> :deal)
    """
)

# The accounts are locked by the posting before, so the newest news of each is what the trigger has just written.
_VALUE_TIMES: Final = text(
    """
    WITH paid AS (
        SELECT p.account_id, p.since, p.minor FROM unnest(:accounts, :times, :minors) AS p (account_id, since, minor)
        WHERE EXISTS (SELECT FROM deals d WHERE d.waits_on = p.account_id)
    ), noted AS (
        UPDATE wallet_news SET amount_minor = wallet_news.amount_minor - newest.minor
        FROM (
            SELECT s.minor, (
                SELECT max(n.id) FROM wallet_news n WHERE n.account_id = s.account_id AND n.done_at IS NULL) AS id
            FROM (SELECT account_id, sum(minor) AS minor FROM paid GROUP BY account_id) AS s
        ) AS newest
        WHERE wallet_news.id = newest.id
    )
    INSERT INTO wallet_news (account_id, since, amount_minor) SELECT account_id, since, minor FROM paid
    """
).bindparams(
    bindparam("accounts", type_=ARRAY(BigInteger)),
    bindparam("times", type_=ARRAY(DateTime(timezone=True))),
    bindparam("minors", type_=ARRAY(BigInteger)),
)


async def first_waiting(session: AsyncSession, account_id: int) -> UUID | None:
    """The first deal that waits on this account: no other was agreed on earlier."""
    agreed_at = func.coalesce(Deal.confirmed_at, Deal.created_at)
    query = select(Deal.id).where(Deal.waits_on == account_id).order_by(agreed_at, Deal.id).limit(1)
    return await session.scalar(query)


async def news_since(session: AsyncSession, account_id: int) -> datetime | None:
    """Since when there is news of this account that nobody has looked at; None without any."""
    query = select(func.min(WalletNews.since))
    return await session.scalar(query.where(WalletNews.account_id == account_id, WalletNews.done_at.is_(None)))


async def next_with_news(session: AsyncSession, others: Collection[int]) -> int | None:
    """An account with news that nobody has looked at, but for these `others`."""
    query = select(WalletNews.account_id).where(WalletNews.done_at.is_(None), WalletNews.account_id.not_in(others))
    return await session.scalar(query.order_by(WalletNews.account_id).limit(1))


async def news_of(session: AsyncSession, account_id: int) -> list[int]:
    """The ids of the news of this account that nobody has looked at."""
    query = select(WalletNews.id).where(WalletNews.account_id == account_id, WalletNews.done_at.is_(None))
    return list(await session.scalars(query))


async def end_news(session: AsyncSession, ids: Collection[int]) -> None:
    """Ends news that was looked at in this transaction."""
    done = update(WalletNews).where(WalletNews.id.in_(ids), WalletNews.done_at.is_(None))
    await session.execute(done.values(done_at=func.clock_timestamp()), execution_options={"synchronize_session": False})


async def note_value_times(session: AsyncSession, paid: Collection[tuple[int, datetime, int]]) -> None:
    """Says of credits of this transaction when they were paid: account, value time and amount in minor units of each.

    The trigger has recorded them as if they had been paid now.
    """
    if paid:
        accounts, times, minors = zip(*paid, strict=True)
        values = {"accounts": list(accounts), "times": list(times), "minors": list(minors)}
        await session.execute(_VALUE_TIMES, values)


async def came_after(session: AsyncSession, account_id: int, moment: datetime) -> int:
    """How much has become available on this account too late, while deals waited on it: paid after `moment`."""
    query = select(func.sum(WalletNews.amount_minor))
    found = await session.scalar(query.where(WalletNews.account_id == account_id, WalletNews.since > moment))
    return int(found or 0)


async def stop_waiting(session: AsyncSession, deal: Deal) -> None:
    """A locked deal waits no more; what the wallet has may be enough for the next, which is news for it."""
    await session.execute(_PASS_ON, {"account": deal.waits_on, "deal": deal.id})
    deal.waits_on = None
