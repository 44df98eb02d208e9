"""Bank accounts that users named: where payments come from and payouts go to."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.cooling import COOLING
from domain.errors import Conflict, Malformed, NotFound
from domain.money import decimals
from store.banks import Bank
from store.base import Base, Created, Id
from store.notices import put_notice
from store.unconfirmed import UNCONFIRMED_ACCOUNTS, may_wait_for_a_code
from store.users import User
from store.wallets import Wallet

# The mask of an account number: three digits of the bank's id, then five random bytes in hex.
_NUMBER = re.compile(r"([0-9]{3})[0-9a-f]{10}", re.ASCII)


class Account(Base):
    __tablename__ = "accounts"
    __table_args__ = (
        UniqueConstraint("user_id", "number"),
        CheckConstraint("payout_from IS NULL OR confirmed_at IS NOT NULL", "payout_from"),
        CheckConstraint("vouched_by IS NULL OR confirmed_at IS NOT NULL", "vouched"),
    )

    id: Mapped[Id]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    bank_id: Mapped[int] = mapped_column(ForeignKey("banks.id"))
    number: Mapped[str]
    currency: Mapped[str]
    payout: Mapped[bool]
    """Payouts to this user in this currency go here, once it is confirmed; at most one confirmed per currency."""
    confirmed_at: Mapped[datetime | None]
    """Since when it may be used: its owner has confirmed it by a code of his bank."""
    vouched_by: Mapped[UUID | None] = mapped_column(ForeignKey("operators.id"))
    """The administrator who confirmed it in the owner's place, having opened it at the bank himself."""
    payout_from: Mapped[datetime | None]
    """From then on, by the database's clock, payouts go here, until the time of another one has come."""
    created_at: Mapped[Created]


def bank_id_of(number: str) -> int:
    """The bank's id that the mask of `number` names; `Malformed` bad_account_number for any other text."""
    match = _NUMBER.fullmatch(number)
    if match is None:
        raise Malformed("bad_account_number", "An account number is 3 digits and 10 hex digits.", "number")
    return int(match[1])


async def add_account(session: AsyncSession, user: User, *, number: str, currency: str, payout: bool) -> Account:
    """Adds a bank account to a locked user. It is of no use before `confirm_account`: he may not be its owner.

    Raises `Malformed` bad_account_number / unknown_bank / unknown_currency, `Conflict` account_exists,
    too_many_unconfirmed.
    """
    bank_id = bank_id_of(number)
    decimals(currency)
    if await session.get(Bank, bank_id) is None:
        raise Malformed("unknown_bank", "No bank of this marketplace has this account.", "number")
    if await session.scalar(select(Account.id).where(Account.user_id == user.id, Account.number == number)):
        raise Conflict("account_exists", "The user has this account already.", "number")
    await may_wait_for_a_code(session, user.id, UNCONFIRMED_ACCOUNTS)
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


def usable(source: Account | Wallet, field: str = "account_id") -> None:
    """Money may be taken from it and paid to it; else `Conflict` account_unconfirmed. A wallet always is usable."""
    if isinstance(source, Account) and source.confirmed_at is None:
        raise Conflict("account_unconfirmed", "The account's owner has not confirmed it yet by a code.", field)


async def confirm_account(
    session: AsyncSession, user: User, account: Account, *, vouched_by: UUID | None = None
) -> None:
    """From now on a locked user's account may be used; it gets his payouts, if it was named for them.

    Its owner has confirmed it by a code of his bank, or an administrator vouches for it.
    """
    account.confirmed_at, account.vouched_by = func.clock_timestamp(), vouched_by
    await session.flush()
    await session.refresh(account)
    if account.payout:
        await pay_out_to(session, user, account)


async def payout_account(session: AsyncSession, user_id: UUID, currency: str) -> Account | None:
    """The confirmed account to which payouts in `currency` go now: of those that the user named, the last whose time
    has come."""
    named = select(Account).where(Account.user_id == user_id, Account.currency == currency)
    named = named.where(Account.payout_from <= func.clock_timestamp()).order_by(Account.payout_from.desc())
    return await session.scalar(named.limit(1))


async def next_payout_change(session: AsyncSession, user_id: UUID, currency: str) -> datetime | None:
    """When payouts in `currency` begin to go to the account that the user has named last; None if they do already."""
    soonest = select(func.min(Account.payout_from)).where(Account.user_id == user_id, Account.currency == currency)
    return await session.scalar(soonest.where(Account.payout_from > func.clock_timestamp()))


async def accounts_of(session: AsyncSession, user_id: UUID) -> list[Account]:
    return list(await session.scalars(select(Account).where(Account.user_id == user_id).order_by(Account.id)))


async def pay_out_to(session: AsyncSession, user: User, account: Account) -> None:
    """Names one of a locked user's accounts for payouts in its currency, instead of the one before.

    It gets them at once when it is the first one of a user who has sold nothing in this currency, or when his bank has
    refused money that is owed to him since: then the one before is of no use. Else after `COOLING`, and until then the
    one before gets them, if there is one, or his wallet. He is told by mail. Raises `Conflict` account_unconfirmed.
    """
    usable(account)
    now = await session.scalar(select(func.clock_timestamp()))
    assert now is not None
    current = await payout_account(session, user.id, account.currency)
    others = update(Account).where(Account.user_id == user.id, Account.currency == account.currency)
    others = others.where(Account.id != account.id).execution_options(synchronize_session="fetch")
    await session.execute(others.where(Account.payout).values(payout=False))
    await session.execute(others.where(Account.payout_from > now).values(payout_from=None))
    account.payout = True
    if current is None or current.id != account.id:
        sales = (await session.execute(_SALES, {"id": user.id, "currency": account.currency})).one()
        at_once = sales.owed or (current is None and not sales.sold)
        account.payout_from = now if at_once else now + COOLING
        facts = {"number": account.number, "currency": account.currency, "until": account.payout_from.isoformat()}
        await put_notice(session, user.id, "account.payout/owner", f"account/{account.id}/{now.isoformat()}", facts)
    await session.flush()


# By hand: deals know accounts.
_SALES: Final = text(
    """
    SELECT count(*) > 0 AS sold, coalesce(bool_or(p.state = 'payable'), false) AS owed
    FROM deals d LEFT JOIN payments p ON p.deal_id = d.id WHERE d.seller_id = :id AND d.currency = :currency
    """
)
