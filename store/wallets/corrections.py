"""Corrections of wallets: what operators asked for, and the transfer that an approval has posted.

The other side is the ledger account `corrections/{currency}`, the platform's own: below zero by what wallets got.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.corrections import MACHINE, CorrectionState, Way, may_decide, may_retract
from domain.errors import Conflict, NotFound
from domain.keys import correction_key
from domain.money import Money
from ledger.accounts import Named, open_named
from ledger.commands import Post
from store.base import Base, Created, Id, Minor, inline
from store.mail.notices import put_wallet_notice
from store.people.operators import Operator
from store.wallets.posting import post_checked
from store.wallets.wallets import Wallet


class Correction(Base):
    __tablename__ = "corrections"
    machine = MACHINE
    __table_args__ = (
        CheckConstraint("amount_minor > 0", "amount"),
        CheckConstraint("way IN ('in', 'out')", "way"),
        CheckConstraint("(state = 'requested') = (decided_at IS NULL)", "decided"),
        CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", "decided_by"),
        CheckConstraint("(state = 'withdrawn') = (decided_by = requested_by) OR state = 'requested'", "two_people"),
        CheckConstraint("(state = 'approved') = (operation_id IS NOT NULL)", "booked"),
        Index("ix_corrections_wallet_id", "wallet_id", "id"),
        Index("ix_corrections_waiting", "id", postgresql_where=text("state = 'requested'")),
    )

    id: Mapped[Id]
    wallet_id: Mapped[UUID] = mapped_column(ForeignKey("wallets.id"))
    way: Mapped[str]
    amount_minor: Mapped[Minor]
    currency: Mapped[str]
    reason: Mapped[str]
    """The owner of the wallet reads it."""
    state: Mapped[str]
    requested_by: Mapped[UUID] = mapped_column(ForeignKey("operators.id"))
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("operators.id"))
    """Who approved or rejected it, or retracted their own."""
    decided_at: Mapped[datetime | None]
    operation_id: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    """The ledger's transfer, for an approved correction."""
    created_at: Mapped[Created]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


async def request(
    session: AsyncSession, wallet: Wallet, way: Way, money: Money, reason: str, operator_id: UUID
) -> Correction:
    """Stores a request. Raises `Conflict` wrong_currency."""
    if money.currency != wallet.currency:
        raise Conflict("wrong_currency", "The amount is not in the currency of the wallet.", "amount.currency")
    correction = Correction(
        wallet_id=wallet.id,
        way=way,
        amount_minor=money.minor,
        currency=money.currency,
        reason=reason,
        state=CorrectionState.REQUESTED,
        requested_by=operator_id,
    )
    session.add(correction)
    await session.flush()
    return correction


async def correction_of(session: AsyncSession, correction_id: UUID, *, lock: bool = False) -> Correction:
    """Raises `NotFound` unknown_correction."""
    query = select(Correction).where(Correction.id == correction_id).execution_options(populate_existing=True)
    correction = await session.scalar(query.with_for_update(key_share=True) if lock else query)
    if correction is None:
        raise NotFound("unknown_correction", "There is no such correction.")
    return correction


async def corrections_after(
    session: AsyncSession, wallet_id: UUID | None, *, open_only: bool, after: UUID | None, limit: int, until: datetime
) -> list[Correction]:
    """A page of corrections in order of creation, of one wallet if given."""
    query = select(Correction).where(Correction.created_at < until).order_by(Correction.id).limit(limit)
    if wallet_id is not None:
        query = query.where(Correction.wallet_id == wallet_id)
    if open_only:
        query = query.where(Correction.state == inline(CorrectionState.REQUESTED))
    if after is not None:
        query = query.where(Correction.id > after)
    return list(await session.scalars(query))


async def waiting(session: AsyncSession) -> tuple[int, datetime | None]:
    """How many corrections wait for a second person, and since when the oldest does."""
    query = select(func.count(), func.min(Correction.created_at))
    row = await session.execute(query.where(Correction.state == inline(CorrectionState.REQUESTED)))
    count, since = row.one()
    return count, since


async def approve(session: AsyncSession, correction: Correction, operator: Operator) -> None:
    """Posts a locked correction, and stores the notice to the wallet's owner.

    Raises `Forbidden` approver_key_needed, own_correction, `Conflict` correction_ended, insufficient_funds,
    balance_limit, wallet_closed.
    """
    _may_decide(correction, operator)
    wallet = await session.get_one(Wallet, correction.wallet_id)
    # Several currencies have one each, and corrections are few: they may wait for each other.
    [platform] = await open_named(
        await session.connection(), [Named(f"corrections/{correction.currency}")], correction.currency
    )
    debit, credit = (platform, wallet.account_id) if correction.way == Way.IN else (wallet.account_id, platform)
    key = correction_key(str(correction.id))
    post = Post(key, debit, credit, correction.amount_minor, correction.currency, correction.reason)
    posted = await post_checked(session, post)
    await _end(session, correction, CorrectionState.APPROVED, operator.id, posted.transfer_id)
    data = {"amount": str(correction.amount), "details": correction.reason}
    about = f"correction/{correction.id}"
    await put_wallet_notice(session, correction.wallet_id, f"correction_{correction.way}", about, data)


async def reject(session: AsyncSession, correction: Correction, operator: Operator) -> None:
    """Ends a locked correction unbooked. Raises `Forbidden` approver_key_needed, own_correction, `Conflict`."""
    _may_decide(correction, operator)
    await _end(session, correction, CorrectionState.REJECTED, operator.id)


async def retract(session: AsyncSession, correction: Correction, operator_id: UUID) -> None:
    """Raises `Forbidden` other_operator, `Conflict` correction_ended."""
    may_retract(CorrectionState(correction.state), own=correction.requested_by == operator_id)
    await _end(session, correction, CorrectionState.WITHDRAWN, operator_id)


def _may_decide(correction: Correction, operator: Operator) -> None:
    own = correction.requested_by == operator.id
    may_decide(CorrectionState(correction.state), own=own, approver=operator.approver)


async def _end(
    session: AsyncSession,
    correction: Correction,
    state: CorrectionState,
    decided_by: UUID,
    operation_id: int | None = None,
) -> None:
    decided_at = await session.scalar(select(func.clock_timestamp()))
    correction.state, correction.decided_by, correction.decided_at = state, decided_by, decided_at
    correction.operation_id = operation_id
    await session.flush()
