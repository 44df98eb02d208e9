"""Notices: news for people by mail. Written in the transaction of the event, and mailed afterwards.

A trigger writes one for each event of a deal or payment that people get mails about; other code calls `put_notice` or
`put_wallet_notice`. So a notice commits together with its event, in any order of commits, and none is skipped. The
mails are stored under the notice's key in the transaction that ends the notice: none is lost, none is sent twice.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, func, select, text, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from edge.sealing import Sealer
from store.base import Base, Created
from store.wallets.wallets import Wallet

FIRST_PAUSE_S: Final = 10
MAX_PAUSE_S: Final = 3600


class Notice(Base):
    """No foreign keys: the money's transaction must not read a user's row for a mail."""

    __tablename__ = "notices"
    __table_args__ = (
        CheckConstraint("num_nonnulls(event_id, user_id, staff) = 1", "about_one"),
        CheckConstraint("told_at IS NULL OR sealed IS NULL", "wiped"),
        Index("ix_notices_waiting", "id", postgresql_where=text("told_at IS NULL AND sealed IS NULL")),
        Index("ix_notices_codes", "id", postgresql_where=text("told_at IS NULL AND sealed IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    event_id: Mapped[int | None] = mapped_column(BigInteger)
    """The event to report to its deal's parties."""
    user_id: Mapped[UUID | None]
    """Or the user to notify."""
    staff: Mapped[bool | None]
    """Or the administrators: news about the platform itself."""
    kind: Mapped[str]
    """The type of the event, or the kind of mail."""
    key: Mapped[str] = mapped_column(unique=True)
    """The permanent name of the news; the mail's key is derived from it."""
    data: Mapped[dict[str, str]] = mapped_column(JSONB, server_default=text("'{}'"))
    """Facts for the mail's text. No secrets."""
    sealed: Mapped[bytes | None]
    """A code, encrypted until it is in a waiting mail."""
    tries: Mapped[int] = mapped_column(server_default=text("0"))
    """How often no mail could be made of it."""
    next_try_at: Mapped[Created]
    told_at: Mapped[datetime | None]
    created_at: Mapped[Created]


async def put_notice(session: AsyncSession, user_id: UUID, kind: str, key: str, data: Mapping[str, str]) -> None:
    """Stores news for a user, mailed after the commit; a known key changes nothing.

    `kind` names the mail (`texts/mails.py`); `key` is made of the business id and what happened.
    """
    row = insert(Notice).values(user_id=user_id, kind=kind, key=key, data=dict(data))
    await session.execute(row.on_conflict_do_nothing())


async def put_staff_notice(session: AsyncSession, kind: str, key: str, data: Mapping[str, str]) -> None:
    """Stores news for the administrators who have an address, as `put_notice` does for a user."""
    row = insert(Notice).values(staff=True, kind=kind, key=key, data=dict(data))
    await session.execute(row.on_conflict_do_nothing())


async def put_wallet_notice(
    session: AsyncSession, wallet_id: UUID, kind: str, about: str, data: Mapping[str, str], sealed: bytes | None = None
) -> None:
    """Stores news for the wallet's owner, mailed after the commit, once for each kind and `about`, the business id.

    `kind` names the mail `wallet.…` of `texts/mails.py`.
    """
    user_id = await session.scalar(select(Wallet.user_id).where(Wallet.id == wallet_id))
    key = f"{about}/{kind}/{wallet_id}"
    data = {**data, "wallet_id": str(wallet_id)}
    row = insert(Notice).values(user_id=user_id, kind=kind, key=key, data=data, sealed=sealed)
    await session.execute(row.on_conflict_do_nothing())


@dataclass(frozen=True, slots=True)
class WalletNotice:
    """News for the owner of a wallet, as `put_wallet_notice` takes it."""

    wallet_id: UUID
    kind: str
    about: str
    data: Mapping[str, str]


async def put_wallet_notices(session: AsyncSession, news: Sequence[WalletNotice]) -> None:
    """Many of them, by two statements; otherwise as `put_wallet_notice`."""
    if not news:
        return
    wallets = {one.wallet_id for one in news}
    query = select(Wallet.id, Wallet.user_id).where(Wallet.id == func.any(list(wallets)))
    owners = {row[0]: row[1] for row in await session.execute(query)}
    values = [
        {
            "user_id": owners[one.wallet_id],
            "kind": one.kind,
            "key": f"{one.about}/{one.kind}/{one.wallet_id}",
            "data": {**one.data, "wallet_id": str(one.wallet_id)},
        }
        for one in news
    ]
    await session.execute(insert(Notice).values(values).on_conflict_do_nothing())


def sealing_context(wallet_id: UUID) -> str:
    """What a code in a notice is bound to."""
    return f"wallet-notice/{wallet_id}"


def seal_code(sealer: Sealer, code: str, wallet_id: UUID) -> bytes:
    return sealer.seal(code, sealing_context(wallet_id))


async def next_notices(session: AsyncSession, limit: int, *, codes: bool) -> list[Notice]:
    """The oldest waiting notices that no other worker has locked, locked: those with a code, or the others."""
    waiting = select(Notice).where(Notice.told_at.is_(None), Notice.next_try_at <= func.clock_timestamp())
    waiting = waiting.where(Notice.sealed.is_not(None) if codes else Notice.sealed.is_(None))
    waiting = waiting.order_by(Notice.id).limit(limit).with_for_update(skip_locked=True, key_share=True)
    return list(await session.scalars(waiting))


async def end_notices(session: AsyncSession, ids: Collection[int]) -> None:
    """Ends locked notices whose mails have been stored, or that are no news any more."""
    done = update(Notice).where(Notice.id.in_(ids)).values(told_at=func.clock_timestamp(), sealed=None)
    await session.execute(done, execution_options={"synchronize_session": False})


async def defer(session: AsyncSession, ids: Collection[int]) -> None:
    """Postpones locked notices whose mails could not be written, longer each time, so that they delay no others."""
    pause_s = func.least(FIRST_PAUSE_S * func.power(2, func.least(Notice.tries, 20)), MAX_PAUSE_S)
    later = func.clock_timestamp() + func.make_interval(0, 0, 0, 0, 0, 0, pause_s)
    missed = update(Notice).where(Notice.id.in_(ids)).values(tries=Notice.tries + 1, next_try_at=later)
    await session.execute(missed, execution_options={"synchronize_session": False})
