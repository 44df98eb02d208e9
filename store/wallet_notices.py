"""Mails to owners of wallets: recorded with an event, or read from the ledger afterwards.

Deposits and transfers are many, and carried out in groups: they record nothing. They are read from the ledger later,
behind a cursor. Ids of transfers are drawn before their transactions end, in any order, so the cursor passes an id only
when every transaction that could still commit a smaller one has ended.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, func, select, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from edge.sealing import Sealer
from store.base import Base, Created
from store.email_changes import secret_email
from store.users import User
from store.wallets import Wallet


class WalletNotice(Base):
    __tablename__ = "wallet_notices"
    __table_args__ = (
        CheckConstraint("done_at IS NULL OR sealed IS NULL", "wiped"),
        Index("ix_wallet_notices_waiting", "id", postgresql_where=text("done_at IS NULL")),
        Index("ix_wallet_notices_codes", "id", postgresql_where=text("done_at IS NULL AND sealed IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    wallet_id: Mapped[UUID] = mapped_column(ForeignKey("wallets.id"))
    kind: Mapped[str]
    data: Mapped[dict[str, str]] = mapped_column(JSONB)
    """Facts for the mail: texts such as `amount` (`10.00 RUB`) and `details`."""
    sealed: Mapped[bytes | None]
    """A code, encrypted until it is in a waiting mail."""
    done_at: Mapped[datetime | None]
    created_at: Mapped[Created]


class MovementCursor(Base):
    __tablename__ = "movement_cursor"
    __table_args__ = (CheckConstraint("id", "one_row"), CheckConstraint("read_id <= upto_id", "forward"))

    id: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    read_id: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    upto_id: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    upto_xid: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))


@dataclass(frozen=True, slots=True)
class Telling:
    """News for one person. `key` is its permanent name; amounts in minor units are in `data` as text."""

    key: str
    email: str
    language: str
    wallet_id: UUID
    kind: str
    data: Mapping[str, str]
    sealed: bytes | None = None


def sealing_context(wallet_id: UUID) -> str:
    """What a code in a notice is bound to."""
    return f"wallet-notice/{wallet_id}"


async def notify(
    session: AsyncSession, wallet_id: UUID, kind: str, data: Mapping[str, str], sealed: bytes | None = None
) -> None:
    """Stores news for the wallet's owner, mailed after the commit."""
    user_id = await session.scalar(select(Wallet.user_id).where(Wallet.id == wallet_id))
    assert user_id is not None
    session.add(WalletNotice(user_id=user_id, wallet_id=wallet_id, kind=kind, data=dict(data), sealed=sealed))
    await session.flush()


def seal_code(sealer: Sealer, code: str, wallet_id: UUID) -> bytes:
    return sealer.seal(code, sealing_context(wallet_id))


async def next_notices(session: AsyncSession, after: int, limit: int, *, codes: bool) -> dict[int, Telling]:
    """The oldest waiting notices behind `after`, by id, locked: those with a code, or the others."""
    query = (
        select(WalletNotice, secret_email() if codes else User.email, User.language)
        .join(User, User.id == WalletNotice.user_id)
        .where(WalletNotice.done_at.is_(None), WalletNotice.id > after)
        .where(WalletNotice.sealed.is_not(None) if codes else WalletNotice.sealed.is_(None))
        .order_by(WalletNotice.id)
        .limit(limit)
        .with_for_update(of=WalletNotice, skip_locked=True, key_share=True)
    )
    return {
        row.id: Telling(f"notice/{row.id}", email, language, row.wallet_id, row.kind, row.data, row.sealed)
        for row, email, language in await session.execute(query)
    }


async def end_notices(session: AsyncSession, ids: Collection[int]) -> None:
    """Ends locked notices whose mails have been stored."""
    done = update(WalletNotice).where(WalletNotice.id.in_(ids))
    await session.execute(done.values(done_at=func.clock_timestamp(), sealed=None))


# Drawn ids first, then, in a later statement, the open transactions: a transaction that drew one of these ids is in
# that snapshot or has ended. It has a transaction id by then, because accounts are locked before ids are drawn.
_LAST_ID: Final = "SELECT coalesce(pg_sequence_last_value('ledger.transfers_id_seq'), 0)"
_NEXT_XID: Final = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
_OLDEST_XID: Final = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
_MOVEMENTS: Final = """
SELECT t.id, t.amount_minor, t.currency, t.reference, u.email, u.language, w.id AS wallet_id,
       split_part(t.key, '/', 1) AS kind, payer.name AS payer, split_part(a.code, '/', 3) AS source
FROM ledger.transfers t
JOIN wallets w ON w.account_id = t.credit_account
JOIN users u ON u.id = w.user_id
JOIN ledger.accounts a ON a.id = t.debit_account
LEFT JOIN wallets of ON of.account_id = t.debit_account
LEFT JOIN users payer ON payer.id = of.user_id
WHERE t.id > :after AND t.id <= :upto AND t.refusal IS NULL AND t.kind = 'post'
  AND split_part(t.key, '/', 1) IN ('deposit', 'transfer')
ORDER BY t.id
"""


@dataclass(frozen=True, slots=True)
class Movements:
    """`behind`: there is more to read now."""

    rows: Sequence[Any]
    behind: bool


async def take_movements(session: AsyncSession, limit: int) -> Movements:
    """Deposits and transfers among the next `limit` transfers, in order; the cursor then moves behind them.

    None while an older transaction is open: a new transaction can try again.
    """
    cursor = (await session.scalars(select(MovementCursor).with_for_update(key_share=True))).one()
    if cursor.read_id == cursor.upto_id:
        cursor.upto_id = max((await session.execute(text(_LAST_ID))).scalar_one(), cursor.read_id)
        cursor.upto_xid = (await session.execute(text(_NEXT_XID))).scalar_one()
        await session.flush()
        return Movements([], behind=cursor.upto_id > cursor.read_id)
    if (await session.execute(text(_OLDEST_XID))).scalar_one() < cursor.upto_xid:
        return Movements([], behind=False)
    upto = min(cursor.read_id + limit, cursor.upto_id)
    found = await session.execute(text(_MOVEMENTS), {"after": cursor.read_id, "upto": upto})
    cursor.read_id = upto
    await session.flush()
    return Movements(found.all(), behind=True)
