"""The two accounts on the chain beside the addresses of top-ups: the main wallet and the gas account."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from store.base import Base


class AccountName(StrEnum):
    MAIN = "main"  # receives what is swept, and pays withdrawals
    GAS = "gas"  # pays the TRX that addresses need


class ChainAccount(Base):
    __tablename__ = "chain_accounts"
    __table_args__ = (CheckConstraint("name IN ('main', 'gas')", "name"),)

    name: Mapped[str] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(unique=True)
    balance_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    """Units of the token: what was swept here, less what was withdrawn."""
    sun: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    """TRX that is booked here: what came, less what was sent and burnt. Below zero until what came is noticed."""
    fundings: Mapped[int] = mapped_column(server_default=text("0"))
    """How often TRX has come."""
    seen_sun: Mapped[int | None] = mapped_column(BigInteger)
    """What the chain said last."""
    low_since: Mapped[datetime | None]
    """It has too little TRX for what is ahead."""
    missing_since: Mapped[datetime | None]
    """The chain has less TRX here than is booked."""


class OtherAccounts(RuntimeError):
    """The signer names other accounts than before: another seed."""


async def keep_accounts(session: AsyncSession, addresses: dict[AccountName, str]) -> None:
    """Stores the addresses of the two accounts, once. Raises `OtherAccounts`."""
    known = {row.name: row.address for row in await session.scalars(select(ChainAccount))}
    if known == addresses:
        return
    rows = [{"name": str(name), "address": address} for name, address in addresses.items()]
    await session.execute(insert(ChainAccount).values(rows).on_conflict_do_nothing())
    fresh = select(ChainAccount).execution_options(populate_existing=True)
    if {row.name: row.address for row in await session.scalars(fresh)} != addresses:
        raise OtherAccounts("the signer's accounts are not those that hold the money: is it another seed?")


async def account_named(session: AsyncSession, name: AccountName) -> ChainAccount | None:
    return await session.get(ChainAccount, name)


async def lock_account(session: AsyncSession, name: AccountName) -> ChainAccount:
    """Raises NoResultFound before `keep_accounts`."""
    query = select(ChainAccount).where(ChainAccount.name == name).with_for_update(key_share=True)
    return (await session.scalars(query.execution_options(populate_existing=True))).one()


async def chain_accounts(session: AsyncSession) -> list[ChainAccount]:
    return list(await session.scalars(select(ChainAccount).order_by(ChainAccount.name.desc())))
