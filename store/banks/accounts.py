"""Bank accounts named by users: sources of payments and targets of payouts."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final, TypeVarTuple
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Select, UniqueConstraint, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.cooling import COOLING
from domain.errors import Conflict, Malformed, NotFound
from domain.money import decimals
from store.banks.banks import Bank
from store.base import Base, Created, Id
from store.mail.notices import put_notice
from store.payments.unconfirmed import UNCONFIRMED_ACCOUNTS, may_wait_for_a_code
from store.people.users import User
from store.wallets.wallets import Wallet

_Row = TypeVarTuple("_Row")

# The mask of an account number: three digits of the bank's id, then five random bytes in hex.
_NUMBER = re.compile(r"([0-9]{3})[0-9a-f]{10}", re.ASCII)


class Account(Base):
    __tablename__ = "accounts"
    __table_args__ = (
        UniqueConstraint("user_id", "number"),
        Index("ix_accounts_number", "number"),
        CheckConstraint("payout_from IS NULL OR confirmed_at IS NOT NULL", "payout_from"),
        CheckConstraint("vouched_by IS NULL OR confirmed_at IS NOT NULL", "vouched"),
    )

    id: Mapped[Id]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    bank_id: Mapped[int] = mapped_column(ForeignKey("banks.id"))
    number: Mapped[str]
    currency: Mapped[str]
    payout: Mapped[bool]
    """Payouts to this user in this currency go here, once confirmed; at most one confirmed per currency."""
    confirmed_at: Mapped[datetime | None]
    """When its owner confirmed it with a code from the bank. Market database clock."""
    vouched_by: Mapped[UUID | None] = mapped_column(ForeignKey("operators.id"))
    """The administrator who confirmed it in the owner's place, having opened it at the bank."""
    payout_from: Mapped[datetime | None]
    """Payouts go here from this time, by the database's clock, until the time of another account has come."""
    created_at: Mapped[Created]


def bank_id_of(number: str) -> int:
    """The bank's id in the account number; `Malformed` bad_account_number for any other text."""
    match = _NUMBER.fullmatch(number)
    if match is None:
        raise Malformed("bad_account_number", "An account number is 3 digits and 10 hex digits.", "number")
    return int(match[1])


async def add_account(session: AsyncSession, user: User, *, number: str, currency: str, payout: bool) -> Account:
    """Adds a bank account to a locked user. It cannot be used before `confirm_account`: the user may not be its owner.

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


async def account_in(session: AsyncSession, marketplace_id: UUID, account_id: UUID) -> Account:
    """An account of any user of the marketplace; `NotFound` unknown_account otherwise."""
    query = select(Account).join(User, User.id == Account.user_id)
    account = await session.scalar(query.where(Account.id == account_id, User.marketplace_id == marketplace_id))
    if account is None:
        raise NotFound("unknown_account", "There is no such account.")
    return account


def usable(source: Account | Wallet, field: str = "account_id") -> None:
    """Raises `Conflict` account_unconfirmed unless it may be used for payments. Wallets always may."""
    if isinstance(source, Account) and source.confirmed_at is None:
        raise Conflict("account_unconfirmed", "The account's owner has not confirmed it yet by a code.", field)


async def confirm_account(
    session: AsyncSession, user: User, account: Account, *, vouched_by: UUID | None = None
) -> None:
    """From now on a locked user's account may be used; it receives payouts if it was named for them.

    Its owner has confirmed it with a code from the bank, or an administrator vouches for it.
    """
    account.confirmed_at, account.vouched_by = func.clock_timestamp(), vouched_by
    await session.flush()
    await session.refresh(account)
    if account.payout:
        await pay_out_to(session, user, account)


async def payout_account(session: AsyncSession, user_id: UUID, currency: str) -> Account | None:
    """The confirmed account that receives payouts in `currency` now: the last one named whose time has come."""
    return await session.scalar(_payout_account(select(Account), user_id, currency))


async def payout_account_and_bank(session: AsyncSession, user_id: UUID, currency: str) -> tuple[Account, Bank] | None:
    """The same with its bank."""
    query = select(Account, Bank).join(Bank, Bank.id == Account.bank_id)
    found = (await session.execute(_payout_account(query, user_id, currency))).first()
    return None if found is None else (found[0], found[1])


def _payout_account(query: Select[*_Row], user_id: UUID, currency: str) -> Select[*_Row]:
    query = query.where(Account.user_id == user_id, Account.currency == currency)
    return query.where(Account.payout_from <= func.clock_timestamp()).order_by(Account.payout_from.desc()).limit(1)


async def next_payout_change(session: AsyncSession, user_id: UUID, currency: str) -> datetime | None:
    """When payouts in `currency` begin to go to the account named last; None if they already do."""
    soonest = select(func.min(Account.payout_from)).where(Account.user_id == user_id, Account.currency == currency)
    return await session.scalar(soonest.where(Account.payout_from > func.clock_timestamp()))


async def accounts_of(session: AsyncSession, user_id: UUID) -> list[Account]:
    return list(await session.scalars(select(Account).where(Account.user_id == user_id).order_by(Account.id)))


async def pay_out_to(session: AsyncSession, user: User, account: Account) -> None:
    """Names one of a locked user's accounts as payout account in its currency, instead of the previous one.

    It takes effect at once if it is the first one of a user who has sold nothing in this currency, or if the bank has
    refused money owed to the user since: then the previous account is of no use. Otherwise after `COOLING`; until then
    payouts go to the previous account, or to the wallet. The user gets a mail. Raises `Conflict` account_unconfirmed.
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


async def begin_payouts_sooner(session: AsyncSession, account: Account, by: timedelta) -> None:
    """Payouts begin to go to a chosen account that much sooner, but not before now. For sandboxes."""
    here, sooner = Account.id == account.id, func.greatest(func.clock_timestamp(), Account.payout_from - by)
    ahead = update(Account).where(here, Account.payout_from > func.clock_timestamp())
    await session.execute(ahead.values(payout_from=sooner).execution_options(synchronize_session=False))
    await session.refresh(account)


# Written by hand: deals refer to accounts.
_SALES: Final = text(
    """
    SELECT EXISTS (SELECT FROM deals WHERE seller_id = :id AND currency = :currency) AS sold,
           EXISTS (SELECT FROM payments p JOIN deals d ON d.id = p.deal_id
                   WHERE p.state = 'payable' AND d.seller_id = :id AND d.currency = :currency) AS owed
    """
)
