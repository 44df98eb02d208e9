"""Bank accounts that users named: where payments come from and payouts go to."""

from __future__ import annotations

import re
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.errors import Conflict, Malformed, NotFound
from domain.money import decimals
from store.banks import Bank
from store.base import Base, Created, Id
from store.users import User

# The mask of an account number: three digits of the bank's id, then five random bytes in hex.
_NUMBER = re.compile(r"([0-9]{3})[0-9a-f]{10}", re.ASCII)


class Account(Base):
    __tablename__ = "accounts"
    __table_args__ = (UniqueConstraint("user_id", "number"),)

    id: Mapped[Id]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    bank_id: Mapped[int] = mapped_column(ForeignKey("banks.id"))
    number: Mapped[str]
    currency: Mapped[str]
    payout: Mapped[bool]
    """Payouts to this user in this currency go here; at most one per currency."""
    created_at: Mapped[Created]


def bank_id_of(number: str) -> int:
    """The bank's id that the mask of `number` names; `Malformed` bad_account_number for any other text."""
    match = _NUMBER.fullmatch(number)
    if match is None:
        raise Malformed("bad_account_number", "An account number is 3 digits and 10 hex digits.", "number")
    return int(match[1])


async def add_account(session: AsyncSession, user: User, *, number: str, currency: str, payout: bool) -> Account:
    """Adds a bank account to a locked user. Whether it exists and is his, his bank decides when money is asked of it.

    Raises `Malformed` bad_account_number / unknown_bank / unknown_currency, `Conflict` account_exists.
    """
    bank_id = bank_id_of(number)
    decimals(currency)
    if await session.get(Bank, bank_id) is None:
        raise Malformed("unknown_bank", "No bank of this marketplace has this account.", "number")
    if await session.scalar(select(Account.id).where(Account.user_id == user.id, Account.number == number)):
        raise Conflict("account_exists", "The user has this account already.", "number")
    if payout:
        await session.execute(
            update(Account).where(Account.user_id == user.id, Account.currency == currency).values(payout=False)
        )
    account = Account(user_id=user.id, bank_id=bank_id, number=number, currency=currency, payout=payout)
    session.add(account)
    await session.flush()
    return account


async def account_of(session: AsyncSession, user_id: UUID, account_id: UUID, field: str = "account_id") -> Account:
    """The user's account; `NotFound` unknown_account for unknown and foreign ids alike."""
    account = await session.scalar(select(Account).where(Account.id == account_id, Account.user_id == user_id))
    if account is None:
        raise NotFound("unknown_account", "The user has no such account.", field)
    return account


async def payout_account(session: AsyncSession, user_id: UUID, currency: str) -> Account | None:
    """The account that the user named for payouts in `currency`."""
    return await session.scalar(
        select(Account).where(Account.user_id == user_id, Account.currency == currency, Account.payout)
    )


async def accounts_of(session: AsyncSession, user_id: UUID) -> list[Account]:
    return list(await session.scalars(select(Account).where(Account.user_id == user_id).order_by(Account.id)))


async def pay_out_to(session: AsyncSession, user: User, account: Account) -> None:
    """Names one of a locked user's accounts for payouts in its currency, instead of the one before."""
    others = update(Account).where(Account.user_id == user.id, Account.currency == account.currency, Account.payout)
    await session.execute(others.values(payout=False))
    account.payout = True
    await session.flush()
