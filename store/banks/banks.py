"""Banks and their fees, copied from the bank client, so that a quote needs no call to a bank."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.errors import Conflict
from domain.fees import NO_FEE, FeeRule
from domain.wallets import PLATFORM
from store.base import Base, Minor

_ALONE: Final = 0x62616E6B  # an advisory lock


class Bank(Base):
    __tablename__ = "banks"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
    requisite: Mapped[str]
    currency: Mapped[str]
    """Currency of the platform's two accounts; the bank keeps clients' accounts in other currencies too."""
    commission_account: Mapped[str]
    """Number of the platform's commission account at this bank."""
    guarantee_account: Mapped[str]
    client_address: Mapped[str | None]
    """Address of its client program at the time of this copy."""
    client_id: Mapped[UUID | None] = mapped_column(ForeignKey("bank_clients.id"))
    """The registered client program that serves it, for ever; None: the one of the settings."""
    refreshed_at: Mapped[datetime]


class Fee(Base):
    __tablename__ = "fees"
    __table_args__ = (CheckConstraint("percent_bp >= 0 AND minimum_minor >= 0", "not_negative"),)

    payer_bank: Mapped[int] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    payee_bank: Mapped[int] = mapped_column(ForeignKey("banks.id"), primary_key=True)
    currency: Mapped[str] = mapped_column(primary_key=True)
    percent_bp: Mapped[int]
    minimum_minor: Mapped[Minor]
    refreshed_at: Mapped[datetime]


async def put_directory(
    session: AsyncSession,
    banks: Sequence[dict[str, object]],
    fees: Sequence[dict[str, object]],
    client_id: UUID | None = None,
) -> None:
    """Writes the banks and the whole fee table from a bank client, stamped with the database's clock.

    `client_id` is that of a registered client. The banks are no other's: see `banks_of_others`.
    """
    banks = [{**bank, "client_id": client_id} for bank in banks]
    for table, rows, keys in ((Bank, banks, ["id"]), (Fee, fees, ["payer_bank", "payee_bank", "currency"])):
        if not rows:
            continue
        statement = insert(table).values([{**row, "refreshed_at": func.clock_timestamp()} for row in rows])
        changed = {name: statement.excluded[name] for name in (*rows[0], "refreshed_at") if name not in keys}
        await session.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed))


async def alone(session: AsyncSession) -> None:
    """Until the commit nobody else copies banks, or registers a client: no two claim the same bank, or name."""
    await session.execute(text(f"SELECT pg_advisory_xact_lock({_ALONE})"))


async def banks_of_others(session: AsyncSession, client_id: UUID | None) -> dict[int, str]:
    """The requisites of all banks that another client serves, by id; no other copy is written until the commit."""
    await alone(session)
    found = await session.execute(select(Bank.id, Bank.requisite).where(Bank.client_id.is_distinct_from(client_id)))
    return {row.id: row.requisite for row in found}


async def fee_rule(session: AsyncSession, payer_bank: int, payee_bank: int, currency: str) -> FeeRule:
    """The fee of the payer's bank for a transfer in `currency` to the payee's bank; none within one bank.

    Nor between a bank and a wallet: the platform has an account at every bank.

    A pair that the bank client does not list costs nothing. The copy may be old: the bank gets the fee that the payer
    was shown and refuses any other, so no payer is charged a fee that they did not see.
    """
    if payer_bank == payee_bank or PLATFORM in (payer_bank, payee_bank):
        return NO_FEE
    fee = await session.get(Fee, (payer_bank, payee_bank, currency))
    return NO_FEE if fee is None else FeeRule(fee.percent_bp, fee.minimum_minor)


async def platform_account(session: AsyncSession, bank_id: int, currency: str) -> str:
    """The platform's own account at a bank, which receives money for wallets. Raises `Conflict` currency_not_served."""
    bank = await session.get_one(Bank, bank_id)
    if bank.currency != currency:
        raise Conflict("currency_not_served", "The platform has no account in this currency at the bank.", "account_id")
    return bank.commission_account


async def banks(session: AsyncSession) -> list[Bank]:
    return list(await session.scalars(select(Bank).order_by(Bank.id)))


async def fees(session: AsyncSession) -> list[Fee]:
    """The whole table of fees, each with the time of its copy."""
    return list(await session.scalars(select(Fee).order_by(Fee.payer_bank, Fee.payee_bank, Fee.currency)))
