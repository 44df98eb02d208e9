"""Holds between wallets: money reserved for a payee until it is captured, in whole or in part, or freed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Select, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.errors import Conflict, NotFound
from domain.holds import MACHINE, HoldState
from domain.keys import hold_end_key, hold_key
from domain.money import Money
from ledger.commands import Capture, Void
from ledger.commands import Hold as LedgerHold
from ledger.kernel import post
from ledger.outcomes import Refused
from store.base import Base, Created, Id, Minor, in_pages, inline
from store.mail.notices import put_wallet_notice
from store.wallets.movements import checked_sides
from store.wallets.posting import post_checked
from store.wallets.wallets import Wallet, sides, visible

_Row = TypeVar("_Row")


class Hold(Base):
    __tablename__ = "holds"
    machine = MACHINE
    __table_args__ = (
        CheckConstraint("state IN ('open', 'captured', 'voided', 'expired')", "state_known"),
        CheckConstraint("amount_minor > 0", "amount_positive"),
        CheckConstraint("captured_minor BETWEEN 1 AND amount_minor", "captured_within_amount"),
        CheckConstraint("(state = 'captured') = (captured_minor IS NOT NULL)", "captured_has_amount"),
        CheckConstraint("(state = 'open') = (ended_at IS NULL)", "ended_has_time"),
        Index("ix_holds_due", "expires_at", postgresql_where=text("state = 'open'")),
        Index("ix_holds_from_wallet_id", "from_wallet_id", "id"),
        Index("ix_holds_to_wallet_id", "to_wallet_id", "id"),
    )

    id: Mapped[Id]
    from_wallet_id: Mapped[UUID] = mapped_column(ForeignKey("wallets.id"))
    to_wallet_id: Mapped[UUID] = mapped_column(ForeignKey("wallets.id"))
    amount_minor: Mapped[Minor]
    captured_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str]
    details: Mapped[str]
    state: Mapped[str]
    expires_at: Mapped[datetime]
    """By the database's clock: no capture after this time."""
    created_at: Mapped[Created]
    ended_at: Mapped[datetime | None]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def captured(self) -> Money:
        """The amount that the payee got."""
        return Money(self.captured_minor or 0, self.currency)


async def hold_money(
    session: AsyncSession,
    marketplace_id: UUID,
    from_wallet: UUID,
    to_wallet: UUID,
    money: Money,
    *,
    details: str,
    expires_in: timedelta,
    owner: UUID | None = None,
) -> Hold:
    """Reserves `money` in the payer's wallet for the payee's; refused like a transfer between them.

    With `owner` the payer's wallet must be one of this user.
    """
    found = await sides(await session.connection(), {from_wallet, to_wallet})
    payer, payee = checked_sides(found, marketplace_id, from_wallet, to_wallet, money, owner=owner)
    hold = Hold(
        from_wallet_id=payer.id,
        to_wallet_id=payee.id,
        amount_minor=money.minor,
        currency=money.currency,
        details=details,
        state=HoldState.OPEN,
        expires_at=await _now(session) + expires_in,
    )
    session.add(hold)
    await session.flush()
    key = hold_key(str(hold.id))
    command = LedgerHold(key, payer.account_id, payee.account_id, money.minor, money.currency, details)
    await post_checked(session, command)
    return hold


async def hold_of(
    session: AsyncSession,
    marketplace_id: UUID | None,
    hold_id: UUID,
    *,
    party: UUID | None = None,
    lock: bool = False,
) -> Hold:
    """A hold between wallets of the marketplace's users (any for None); `NotFound` unknown_hold otherwise.

    With `party` only one in which this user pays or is paid.
    """
    wallets = (Hold.from_wallet_id, Hold.to_wallet_id)
    hold = await visible(session, select(Hold).where(Hold.id == hold_id), wallets, marketplace_id, party, lock=lock)
    if hold is None:
        raise NotFound("unknown_hold", "There is no such hold.")
    return hold


async def holds_of(
    session: AsyncSession, wallet_id: UUID, after: UUID | None, limit: int, *, until: datetime | None
) -> list[Hold]:
    """A page of the holds in which the wallet pays or is paid, oldest first until a moment, else newest first."""
    query = select(Hold).where(or_(Hold.from_wallet_id == wallet_id, Hold.to_wallet_id == wallet_id))
    query = in_pages(query, Hold.id, Hold.created_at, after, until)
    return list(await session.scalars(query.limit(limit)))


async def payee_of(session: AsyncSession, hold: Hold) -> UUID:
    """The user for whom the money is held."""
    return (await session.get_one(Wallet, hold.to_wallet_id)).user_id


async def capture(session: AsyncSession, hold: Hold, money: Money | None) -> None:
    """Captures `money` of a locked hold for the payee, all of it for None; the rest is freed.

    Raises `Conflict` hold_ended, hold_expired, wrong_currency, exceeds_hold.
    """
    _must_be_open(hold)
    if await _now(session) > hold.expires_at:
        raise Conflict("hold_expired", "The hold has expired.")
    if money is not None and money.currency != hold.currency:
        raise Conflict("wrong_currency", "The hold is in another currency.", "amount.currency")
    if money is not None and money > hold.amount:
        raise Conflict("exceeds_hold", "More than is held.", "amount")
    captured = money or hold.amount
    key = str(hold.id)
    await post_checked(session, Capture(hold_end_key(key, "capture"), hold_key(key), captured.minor))
    await _end(session, hold, HoldState.CAPTURED, captured.minor)


async def void(session: AsyncSession, hold: Hold) -> None:
    """Frees a locked hold; `Conflict` hold_ended."""
    _must_be_open(hold)
    key = str(hold.id)
    await post_checked(session, Void(hold_end_key(key, "void"), hold_key(key)))
    await _end(session, hold, HoldState.VOIDED)


async def due_holds(session: AsyncSession) -> list[UUID]:
    """Expired open holds, the oldest first."""
    return list(await session.scalars(_due(select(Hold.id))))


async def expire_due(session: AsyncSession, limit: int, *, only: UUID | None = None) -> int:
    """Frees at most `limit` expired open holds, the oldest first, or `only` this one; returns how many.

    Holds that another transaction is ending now are left to it, or to the next run.
    """
    due = _due(select(Hold)).limit(limit).with_for_update(skip_locked=True, key_share=True)
    if only is not None:
        due = due.where(Hold.id == only)
    holds = list(await session.scalars(due))
    keys = [str(hold.id) for hold in holds]
    voids = [Void(hold_end_key(key, "expiry"), hold_key(key)) for key in keys]
    outcomes = await post(await session.connection(), voids)
    if refused := [outcome for outcome in outcomes if isinstance(outcome, Refused)]:
        raise RuntimeError(f"the ledger does not free holds that are open: {refused}")
    for hold in holds:
        await _end(session, hold, HoldState.EXPIRED)
    return len(holds)


def _due(query: Select[_Row]) -> Select[_Row]:
    query = query.where(Hold.state == inline(HoldState.OPEN), Hold.expires_at < func.clock_timestamp())
    return query.order_by(Hold.expires_at)


def _must_be_open(hold: Hold) -> None:
    if hold.state != HoldState.OPEN:
        raise Conflict("hold_ended", f"The hold is {hold.state} already.")


async def _end(session: AsyncSession, hold: Hold, state: HoldState, captured_minor: int | None = None) -> None:
    ended_at = await _now(session)
    hold.state, hold.ended_at, hold.captured_minor = state, ended_at, captured_minor
    await session.flush()
    await _notify(session, hold, f"hold_{state}")


async def _notify(session: AsyncSession, hold: Hold, kind: str) -> None:
    """Stores the mails to both owners."""
    captured = hold.amount if hold.captured_minor is None else Money(hold.captured_minor, hold.currency)
    data = {"amount": str(captured), "details": hold.details}
    for wallet_id in (hold.from_wallet_id, hold.to_wallet_id):
        await put_wallet_notice(session, wallet_id, kind, f"hold/{hold.id}", data)


async def _now(session: AsyncSession) -> datetime:
    stamp = await session.scalar(select(func.clock_timestamp()))
    assert isinstance(stamp, datetime)
    return stamp
