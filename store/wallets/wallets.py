"""Wallets: one per user and currency. The balance is that of the wallet's ledger account."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Select, UniqueConstraint, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from domain.errors import Conflict, NotFound
from domain.money import decimals
from domain.wallets import PLATFORM, wallet_number
from edge.plain import Statements
from ledger.accounts import open_account
from store.base import Base, Created, Id
from store.people.users import User, user_of

T = TypeVar("T")


class Wallet(Base):
    __tablename__ = "wallets"
    __table_args__ = (UniqueConstraint("user_id", "currency"),)

    id: Mapped[Id]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    currency: Mapped[str]
    account_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    """The ledger's account `wallet/{user}/{currency}`, guarded at zero."""
    created_at: Mapped[Created]

    @property
    def number(self) -> str:
        """In the form of a bank account's number."""
        return wallet_number(self.account_id)

    @property
    def bank_id(self) -> int:
        return PLATFORM


@dataclass(frozen=True, slots=True)
class Side:
    """What a movement of money needs to know of a wallet."""

    id: UUID
    account_id: int
    currency: str
    marketplace_id: UUID
    user_id: UUID


async def visible(
    session: AsyncSession,
    query: Select[T],
    sides: Sequence[InstrumentedAttribute[UUID]],
    marketplace_id: UUID | None,
    user_id: UUID | None,
    *,
    lock: bool,
) -> T | None:
    """The row of a query, about wallets of the marketplace's users (any for None); with `user_id` about one of theirs.

    `sides` are its wallets, all of one marketplace.
    """
    if user_id is not None:
        own = select(Wallet.id).where(Wallet.user_id == user_id)
        query = query.where(or_(*(side.in_(own) for side in sides)))
    if marketplace_id is not None:
        query = query.join(Wallet, Wallet.id == sides[0]).join(User, User.id == Wallet.user_id)
        query = query.where(User.marketplace_id == marketplace_id)
    query = query.execution_options(populate_existing=True)
    return await session.scalar(query.with_for_update(of=sides[0].class_, key_share=True) if lock else query)


def unknown_wallet(field: str | None = None) -> NotFound:
    return NotFound("unknown_wallet", "There is no such wallet.", field)


async def open_wallet(session: AsyncSession, user: User, currency: str) -> Wallet:
    """Opens an empty wallet of a locked user; `Malformed` unknown_currency, `Conflict` wallet_exists."""
    decimals(currency)
    if await session.scalar(select(Wallet.id).where(Wallet.user_id == user.id, Wallet.currency == currency)):
        raise Conflict("wallet_exists", "The user has a wallet in this currency.", "currency")
    code = f"wallet/{user.id}/{currency}"
    account_id = await open_account(await session.connection(), code, currency, floor_minor=0)
    wallet = Wallet(user_id=user.id, currency=currency, account_id=account_id)
    session.add(wallet)
    await session.flush()
    return wallet


async def wallet_of(
    session: AsyncSession,
    marketplace_id: UUID | None,
    wallet_id: UUID,
    field: str | None = None,
    *,
    owner: UUID | None = None,
) -> Wallet:
    """The wallet of one of the marketplace's users (any for None); `NotFound` for unknown and foreign ids alike.

    With `owner` only one of this user.
    """
    query = select(Wallet).where(Wallet.id == wallet_id)
    if owner is not None:
        query = query.where(Wallet.user_id == owner)
    if marketplace_id is not None:
        query = query.join(User, User.id == Wallet.user_id).where(User.marketplace_id == marketplace_id)
    wallet = await session.scalar(query)
    if wallet is None:
        raise unknown_wallet(field)
    return wallet


async def wallet_of_user(session: AsyncSession, user_id: UUID, wallet_id: UUID, field: str = "wallet_id") -> Wallet:
    """The user's own wallet; `NotFound` for unknown and foreign ids alike."""
    wallet = await session.scalar(select(Wallet).where(Wallet.id == wallet_id, Wallet.user_id == user_id))
    if wallet is None:
        raise unknown_wallet(field)
    return wallet


async def wallet_for(session: AsyncSession, user_id: UUID, currency: str) -> Wallet:
    """The user's wallet in `currency`, opened if there is none yet."""
    wanted = select(Wallet).where(Wallet.user_id == user_id, Wallet.currency == currency)
    found = await session.scalar(wanted)
    if found is not None:
        return found
    user = await user_of(session, None, user_id, lock=True)
    return await session.scalar(wanted) or await open_wallet(session, user, currency)


async def wallets_of(session: AsyncSession, user_id: UUID) -> list[Wallet]:
    return list(await session.scalars(select(Wallet).where(Wallet.user_id == user_id).order_by(Wallet.id)))


async def names_of_owners(session: AsyncSession, wallet_ids: Collection[UUID]) -> dict[UUID, str]:
    """The owner of each of these wallets."""
    query = select(Wallet.id, User.name).join(User, User.id == Wallet.user_id).where(Wallet.id.in_(wallet_ids))
    return {row[0]: row[1] for row in await session.execute(query)}


async def wallets_after(
    session: AsyncSession,
    marketplace_id: UUID | None,
    after: UUID | None,
    limit: int,
    until: datetime,
    *,
    owner: UUID | None = None,
) -> list[Wallet]:
    """A page of wallets in the order of their ids: of the marketplace (all for None), with `owner` of this user."""
    query = select(Wallet).where(Wallet.created_at < until).order_by(Wallet.id).limit(limit)
    if marketplace_id is not None:
        query = query.join(User, User.id == Wallet.user_id).where(User.marketplace_id == marketplace_id)
    if owner is not None:
        query = query.where(Wallet.user_id == owner)
    if after is not None:
        query = query.where(Wallet.id > after)
    return list(await session.scalars(query))


# Plain SQL instead of the mapper: it is read once for each group of movements, for hundreds of wallets.
_SIDES: Final = """
SELECT w.id, w.account_id, w.currency, u.marketplace_id, w.user_id
FROM wallets w JOIN users u ON u.id = w.user_id WHERE w.id = ANY($1::uuid[])
"""


class KnownSides:
    """A cache of wallet sides, which never change. Bounded; cleared when full."""

    def __init__(self, at_most: int = 100_000) -> None:
        self._at_most: Final = at_most
        self._known: dict[UUID, Side] = {}

    async def of(self, connection: Statements, wallet_ids: Collection[UUID]) -> Mapping[UUID, Side]:
        """As `sides`, which is only called for those that are not known yet."""
        new = [wallet_id for wallet_id in wallet_ids if wallet_id not in self._known]
        if new:
            if len(self._known) + len(new) > self._at_most:
                self._known = {}
                new = list(wallet_ids)
            self._known.update(await sides(connection, new))
        return self._known


async def sides(connection: Statements, wallet_ids: Collection[UUID]) -> Mapping[UUID, Side]:
    """The wallets with these ids; unknown ids are left out."""
    found = await connection.exec_driver_sql(_SIDES, (list(wallet_ids),))
    return {row.id: Side(row.id, row.account_id, row.currency, row.marketplace_id, row.user_id) for row in found}
