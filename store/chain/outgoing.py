"""Outgoing transactions: what was ordered, built, signed and sent, and what the chain says became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.money import Money
from domain.outgoing import FINAL, LIVE, MACHINE, VOID, OutgoingState
from store.base import Base, Created, Id

_IN_FINAL: Final = ", ".join(f"'{state}'" for state in sorted(FINAL))
_IN_VOID: Final = ", ".join(f"'{state}'" for state in sorted(VOID))


class OutgoingTransaction(Base):
    """One number of what was ordered: `about` says what it is for. A new number only after the last one is void."""

    __tablename__ = "outgoing_transactions"
    machine = MACHINE
    __table_args__ = (
        UniqueConstraint("about", "number"),
        CheckConstraint("(token_minor > 0 AND trx_sun IS NULL) OR (trx_sun > 0 AND token_minor IS NULL)", "amount"),
        CheckConstraint("(purpose = 'sweep') = (address_index IS NOT NULL)", "sender"),
        CheckConstraint("num_nonnulls(from_address, txid, raw, expires_at) IN (0, 4)", "built"),
        CheckConstraint("state = 'ordered' OR txid IS NOT NULL", "prepared"),
        CheckConstraint("state NOT IN ('signed', 'sent', 'done', 'failed') OR signature IS NOT NULL", "signed"),
        CheckConstraint("(state IN ('done', 'failed')) = (block IS NOT NULL)", "in_block"),
        CheckConstraint("(fee_sun IS NULL) = (block IS NULL) AND fee_sun >= 0", "fee"),
        CheckConstraint(f"(state IN ({_IN_FINAL})) = (final_at IS NOT NULL)", "final_at"),
        Index(
            "uq_outgoing_transactions_live", "about", unique=True, postgresql_where=text(f"state NOT IN ({_IN_VOID})")
        ),
        Index("ix_outgoing_transactions_open", "id", postgresql_where=text("final_at IS NULL")),
    )

    id: Mapped[Id]
    about: Mapped[str]
    """What it is for: `sweep/{id}/{position}/transfer`, `withdrawal/{id}`."""
    number: Mapped[int]
    purpose: Mapped[str]
    address_index: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("chain_addresses.index"))
    """The sender of a sweep; others leave from the gas account or the main wallet, by their purpose."""
    from_address: Mapped[str | None]
    to_address: Mapped[str]
    token_minor: Mapped[int | None] = mapped_column(BigInteger)
    trx_sun: Mapped[int | None] = mapped_column(BigInteger)
    fee_limit_sun: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    """The most that the chain may burn for its energy; none for TRX."""
    state: Mapped[str]
    txid: Mapped[str | None] = mapped_column(unique=True)
    raw: Mapped[str | None]
    """The bytes that are signed, in hex."""
    expires_at: Mapped[datetime | None]
    """By the chain's clock: no block from then on takes it."""
    signature: Mapped[str | None]
    answer: Mapped[str | None]
    """What a node last said of its sending. It decides nothing."""
    limited_until: Mapped[datetime | None]
    """The signer's limit of the day is reached: when it is asked again. Market database clock."""
    block: Mapped[int | None] = mapped_column(BigInteger)
    fee_sun: Mapped[int | None] = mapped_column(BigInteger)
    """What the chain burnt for it, by the receipt."""
    result: Mapped[str | None]
    """SUCCESS, or why it moved nothing: the receipt's reason, or the signer's refusal."""
    flagged_at: Mapped[datetime | None]
    created_at: Mapped[Created]
    final_at: Mapped[datetime | None]

    @property
    def amount(self) -> Money:
        """What is sent: of the token, or TRX."""
        return Money(self.trx_sun or 0, "TRX") if self.token_minor is None else Money(self.token_minor, "USDT")

    @property
    def key(self) -> str:
        """Its name at the signer, and for the ledger."""
        return f"{self.about}/{self.number}"


async def newest(session: AsyncSession, about: str) -> OutgoingTransaction | None:
    """The last number of what was ordered under `about`."""
    query = select(OutgoingTransaction).where(OutgoingTransaction.about == about)
    query = query.order_by(OutgoingTransaction.number.desc()).limit(1)
    return await session.scalar(query.execution_options(populate_existing=True))


async def lock_outgoing(session: AsyncSession, outgoing_id: UUID) -> OutgoingTransaction:
    query = select(OutgoingTransaction).where(OutgoingTransaction.id == outgoing_id)
    locked = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return (await session.scalars(locked)).one()


async def is_any_live(session: AsyncSession, address: str) -> bool:
    """Whether a transaction from this address may still change what it has."""
    query = select(OutgoingTransaction.id).where(
        OutgoingTransaction.final_at.is_(None), OutgoingTransaction.from_address == address
    )
    return await session.scalar(query.limit(1)) is not None


async def outgoing_after(
    session: AsyncSession, *, live_only: bool, after: UUID | None, limit: int, until: datetime
) -> list[OutgoingTransaction]:
    """A page in the order of creation."""
    query = select(OutgoingTransaction).where(OutgoingTransaction.created_at < until).order_by(OutgoingTransaction.id)
    if live_only:
        query = query.where(OutgoingTransaction.final_at.is_(None))
    if after is not None:
        query = query.where(OutgoingTransaction.id > after)
    return list(await session.scalars(query.limit(limit)))


def is_live(row: OutgoingTransaction) -> bool:
    return OutgoingState(row.state) in LIVE
