"""How far each source of a gateway has been read and booked: a chain, or the statement of a bank."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.gateways import GatewayId
from domain.incoming_transfers import Cursor
from store.base import Base


class ChainCursor(Base):
    """The newest block of a chain, or position of a bank's statement, that is booked. No block is skipped."""

    __tablename__ = "chain_cursors"
    __table_args__ = (
        CheckConstraint("num_nonnulls(rewound_at, rewound_by, rewound_why, rewound_from) IN (0, 4)", "rewound"),
        Index("ix_chain_cursors_gateway", "gateway"),
    )

    network: Mapped[str] = mapped_column(primary_key=True)
    """`tron`, or `bank/{id}`."""
    gateway: Mapped[str]
    block: Mapped[int] = mapped_column(BigInteger)
    block_id: Mapped[str]
    block_time: Mapped[datetime]
    """By the source's clock: everything valued at or before this moment is booked."""
    moved_at: Mapped[datetime]
    rewound_at: Mapped[datetime | None]
    """When an operator last set it back, by whom, why, and from which block."""
    rewound_by: Mapped[str | None]
    rewound_why: Mapped[str | None]
    rewound_from: Mapped[int | None] = mapped_column(BigInteger)


class OutOfOrder(RuntimeError):
    """What was read does not follow what is booked: another reader was faster, or a block is missing."""


async def cursor_of(session: AsyncSession, network: str, *, lock: bool = False) -> ChainCursor | None:
    query = select(ChainCursor).where(ChainCursor.network == network).execution_options(populate_existing=True)
    return await session.scalar(query.with_for_update(key_share=True) if lock else query)


async def move_cursor(session: AsyncSession, gateway: GatewayId, to: Cursor) -> bool:
    """Locks the cursor and moves it. False: it stands there already, with the same block.

    Raises `OutOfOrder` when `to` does not continue where it stands.
    """
    row = await cursor_of(session, to.network, lock=True)
    now = (await session.execute(select(func.clock_timestamp()))).scalar_one()
    if row is None:
        if to.previous_block is not None:
            raise OutOfOrder(f"{to.network}: nothing was read before block {to.block}")
        row = ChainCursor(network=to.network, gateway=gateway)
        session.add(row)  # of two first readers the second meets the primary key
    elif (row.block, row.block_id) == (to.block, to.block_id):
        if row.block_time >= to.block_time:
            return False  # else a bank's statement has nothing new, which is known up to a later time now
    elif row.block != to.previous_block:
        raise OutOfOrder(f"{to.network}: block {to.block} follows {to.previous_block}, and {row.block} is booked")
    row.block, row.block_id, row.block_time, row.moved_at = to.block, to.block_id, to.block_time, now
    await session.flush()
    return True


class NotBehind(RuntimeError):
    """A cursor is set back only to a block before it: nothing is ever skipped."""


async def rewind_cursor(session: AsyncSession, to: Cursor, by: str, why: str) -> int:
    """Sets a cursor back to a block that was read before, and returns where it stood. What follows is read again.

    Raises `NotBehind`.
    """
    row = await cursor_of(session, to.network, lock=True)
    if row is None or to.block >= row.block:
        said = "nothing was read yet" if row is None else f"it is read up to block {row.block}"
        raise NotBehind(f"{to.network}: {said}, so it cannot be set back to block {to.block}")
    before = row.block
    now = (await session.execute(select(func.clock_timestamp()))).scalar_one()
    row.block, row.block_id, row.block_time, row.moved_at = to.block, to.block_id, to.block_time, now
    row.rewound_at, row.rewound_by, row.rewound_why, row.rewound_from = now, by, why, before
    await session.flush()
    return before


async def known_until(session: AsyncSession, gateway: str) -> datetime | None:
    """Up to which value time everything is known that has come by this gateway; None before its first reading."""
    return await session.scalar(select(func.min(ChainCursor.block_time)).where(ChainCursor.gateway == gateway))
