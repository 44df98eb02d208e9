"""Deposits and transfers, read from the ledger for mails to owners of wallets.

They are many, and carried out in groups: they record no notice. They are read from the ledger later, behind a cursor.
Ids of transfers are drawn before their transactions end, in any order, so the cursor passes an id only when every
transaction that could still commit a smaller one has ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BigInteger, CheckConstraint, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from store.base import Base


class MovementCursor(Base):
    __tablename__ = "movement_cursor"
    __table_args__ = (CheckConstraint("id", "one_row"), CheckConstraint("read_id <= upto_id", "forward"))

    id: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    read_id: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    upto_id: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    upto_xid: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))


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
