"""Withdrawals: the amount held in a wallet, the target account or address, and the state. Rows are the commands."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.errors import NotFound
from domain.keys import withdrawal_of_key, withdrawal_workflow
from domain.money import Money
from domain.withdrawals import (
    APPROVAL_LOOKED_AT_EVERY,
    FINAL,
    FUNDS_AGAIN_AFTER,
    MACHINE,
    NOT_APPROVED,
    RETURNED_WITHIN,
    TAKEN,
    WithdrawalState,
    may_cancel,
    may_decide,
)
from store import clock
from store.base import Minor, WorkflowRow, in_pages, inline
from store.mail.notices import put_wallet_notice
from store.people.operators import Operator
from store.wallets import withdrawal_books as books
from store.wallets.wallets import Wallet, visible

_IN_FINAL: Final = ", ".join(f"'{state}'" for state in sorted(FINAL))


class Withdrawal(WorkflowRow):
    __tablename__ = "withdrawals"
    machine = MACHINE
    __table_args__ = (
        CheckConstraint("amount_minor > 0 AND fee_minor >= 0", "amount"),
        CheckConstraint(f"(state IN ({_IN_FINAL})) = (final_at IS NOT NULL)", "final_at"),
        CheckConstraint(
            "state = 'cancelled' OR (state IN ('awaiting_code', 'expired')) = (confirmed_at IS NULL)", "confirmed"
        ),
        CheckConstraint("(state = 'awaiting_funds') = (short_since IS NOT NULL)", "short"),
        CheckConstraint(
            "(state IN ('paid', 'done', 'returned')) = (num_nonnulls(paid_at, operation) = 2)"
            " AND num_nonnulls(paid_at, operation) <> 1",
            "paid",
        ),
        CheckConstraint("(state = 'refused') = (refused_code IS NOT NULL)", "refused"),
        CheckConstraint("(bank_id IS NULL) = (gateway IS NOT NULL)", "way"),
        CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", "decided"),
        CheckConstraint(
            "NOT needs_approval OR decided_by IS NOT NULL"
            " OR state IN ('awaiting_code', 'awaiting_approval', 'cancelled', 'expired')",
            "approved",
        ),
        Index("ix_withdrawals_wallet_id", "wallet_id", "id"),
        Index("ix_withdrawals_short", "bank_id", postgresql_where=text("state = 'awaiting_funds'")),
        Index("ix_withdrawals_unapproved", "id", postgresql_where=text("state = 'awaiting_approval'")),
        Index("ix_withdrawals_unconfirmed", "wallet_id", postgresql_where=text("state = 'awaiting_code'")),
        Index(
            "ix_withdrawals_open",
            "id",
            postgresql_where=text("final_at IS NULL OR final_at >= coalesce(redriven_at, created_at)"),
        ),
    )

    wallet_id: Mapped[UUID] = mapped_column(ForeignKey("wallets.id"))
    bank_id: Mapped[int | None] = mapped_column(ForeignKey("banks.id"))
    gateway: Mapped[str | None]
    """`usdt_tron` for an address on the chain; None for an account at a bank."""
    account: Mapped[str]
    """The number of the owner's account, or the address, that receives the money."""
    amount_minor: Mapped[Minor]
    fee_minor: Mapped[Minor]
    """The additional charge of the bank, or the platform's for an address, as the owner was shown it."""
    currency: Mapped[str]
    operation: Mapped[str | None]
    """The bank's key of the payout, or the id of the transaction."""
    refused_code: Mapped[str | None]
    expires_at: Mapped[datetime]
    """By the database's clock: after it no code is accepted, and the hold is void."""
    confirmed_at: Mapped[datetime | None]
    paid_at: Mapped[datetime | None]
    payout: Mapped[int] = mapped_column(server_default=text("1"))
    """The number of the payout at the bank, or of the transaction: one more each time that one finally failed."""
    short_since: Mapped[datetime | None]
    flagged_at: Mapped[datetime | None]
    needs_approval: Mapped[bool] = mapped_column(server_default=text("false"))
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("operators.id"))
    """The approver who approved or rejected it."""
    decided_at: Mapped[datetime | None]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def fee(self) -> Money:
        return Money(self.fee_minor, self.currency)

    @property
    def total(self) -> Money:
        """The total that leaves the wallet."""
        return self.amount + self.fee


async def withdrawal_of(
    session: AsyncSession,
    marketplace_id: UUID | None,
    withdrawal_id: UUID,
    *,
    owner: UUID | None = None,
    lock: bool = False,
) -> Withdrawal:
    """A withdrawal of one of the marketplace's users (any for None), with `owner` of this one; else `NotFound`."""
    wallets = (Withdrawal.wallet_id,)
    query = select(Withdrawal).where(Withdrawal.id == withdrawal_id)
    withdrawal = await visible(session, query, wallets, marketplace_id, owner, lock=lock)
    if withdrawal is None:
        raise NotFound("unknown_withdrawal", "There is no such withdrawal.")
    return withdrawal


async def withdrawal_of_bank_key(session: AsyncSession, key: str) -> Withdrawal | None:
    """The withdrawal that a key at a bank belongs to, with news about it; None for any other key."""
    try:
        withdrawal_id = UUID(withdrawal_of_key(key) or "")
    except ValueError:
        return None
    withdrawal = await session.scalar(
        select(Withdrawal).where(Withdrawal.id == withdrawal_id).with_for_update(key_share=True)
    )
    if withdrawal is not None:
        withdrawal.redrives = 0
        if withdrawal.state == WithdrawalState.DONE:
            # An ended one may continue: the redriver has it examined if the signal is lost.
            withdrawal.redriven_at = None
        await session.flush()
    return withdrawal


async def withdrawals_of(
    session: AsyncSession, wallet_id: UUID, after: UUID | None, limit: int, *, until: datetime | None
) -> list[Withdrawal]:
    """A page of a wallet's withdrawals, oldest first until a moment, else newest first."""
    query = select(Withdrawal).where(Withdrawal.wallet_id == wallet_id)
    query = in_pages(query, Withdrawal.id, Withdrawal.created_at, after, until).limit(limit)
    return list(await session.scalars(query))


async def unapproved(session: AsyncSession, after: UUID | None, limit: int) -> list[Withdrawal]:
    """A page of those that wait for an approver, oldest first."""
    query = select(Withdrawal).where(Withdrawal.state == inline(WithdrawalState.AWAITING_APPROVAL))
    if after is not None:
        query = query.where(Withdrawal.id > after)
    return list(await session.scalars(query.order_by(Withdrawal.id).limit(limit)))


async def waiting(session: AsyncSession) -> tuple[int, datetime | None]:
    """How many withdrawals wait for an approver, and since when the oldest does."""
    query = select(func.count(), func.min(Withdrawal.confirmed_at))
    count, since = (
        await session.execute(query.where(Withdrawal.state == inline(WithdrawalState.AWAITING_APPROVAL)))
    ).one()
    return count, since


async def decide(session: AsyncSession, withdrawal: Withdrawal, operator: Operator, *, approve: bool) -> None:
    """An approver lets a locked withdrawal be paid, or ends it and frees the hold.

    Raises `Forbidden` approver_key_needed, `Conflict` not_to_be_approved.
    """
    may_decide(WithdrawalState(withdrawal.state), approver=operator.approver)
    withdrawal.decided_by, withdrawal.decided_at = operator.id, await clock.now(session, withdrawal.id)
    if approve:
        withdrawal.state, withdrawal.redrives = WithdrawalState.PAYING, 0
        await session.flush()
        return
    await _free(session, withdrawal, WithdrawalState.REFUSED, NOT_APPROVED)
    await notify_owner(session, withdrawal, "withdrawal_refused")


async def cancel(session: AsyncSession, withdrawal: Withdrawal) -> None:
    """The owner cancels a locked withdrawal. Raises `Conflict` withdrawal_confirmed, withdrawal_ended."""
    may_cancel(WithdrawalState(withdrawal.state))
    await _free(session, withdrawal, WithdrawalState.CANCELLED)


async def end_in_time(session: AsyncSession, withdrawal: Withdrawal) -> None:
    """Ends a locked withdrawal that has expired or can no longer be returned; retries one that waits for funds."""
    if await seconds_left(session, withdrawal) > 0:
        return
    if withdrawal.state == WithdrawalState.AWAITING_CODE:
        await _free(session, withdrawal, WithdrawalState.EXPIRED)
        await notify_owner(session, withdrawal, "withdrawal_expired")
    elif withdrawal.state == WithdrawalState.AWAITING_FUNDS:
        await pay_again(session, withdrawal)
    elif withdrawal.state == WithdrawalState.PAID:
        await _move(session, withdrawal, WithdrawalState.DONE)


async def paid_out(session: AsyncSession, withdrawal: Withdrawal, operation: str) -> None:
    """A locked withdrawal is paid out: the hold is captured. What the chain has decided nobody returns. Idempotent."""
    if withdrawal.state != WithdrawalState.PAYING:
        return
    await books.capture(session, withdrawal)
    paid_at = await clock.now(session, withdrawal.id)
    withdrawal.state, withdrawal.operation, withdrawal.paid_at = WithdrawalState.PAID, operation, paid_at
    await session.flush()
    await notify_owner(session, withdrawal, "withdrawal_paid")
    if withdrawal.gateway is not None:
        await _move(session, withdrawal, WithdrawalState.DONE)


async def refused(session: AsyncSession, withdrawal: Withdrawal, code: str) -> None:
    """The bank or the signer has finally refused a locked withdrawal: the hold is void."""
    if withdrawal.state != WithdrawalState.PAYING:
        return
    await _free(session, withdrawal, WithdrawalState.REFUSED, code)
    await notify_owner(session, withdrawal, "withdrawal_refused")


async def pay_again(session: AsyncSession, withdrawal: Withdrawal) -> None:
    """Has a locked withdrawal that waits for our money requested again, under the next number."""
    if withdrawal.state != WithdrawalState.AWAITING_FUNDS:
        return
    withdrawal.state, withdrawal.short_since, withdrawal.redrives = WithdrawalState.PAYING, None, 0
    withdrawal.payout += 1
    await session.flush()


async def returned(session: AsyncSession, withdrawal: Withdrawal) -> None:
    """The bank has returned a locked withdrawal after paying it, however late: it is booked back into the wallet."""
    if withdrawal.state not in (WithdrawalState.PAID, WithdrawalState.DONE):
        return
    await books.give_back(session, withdrawal, await session.get_one(Wallet, withdrawal.wallet_id))
    await _move(session, withdrawal, WithdrawalState.RETURNED)
    await notify_owner(session, withdrawal, "withdrawal_returned")


async def seconds_left(session: AsyncSession, withdrawal: Withdrawal) -> float:
    """How long a code, our own money or a return is still awaited, by the database's clock; negative: expired.

    An approver is awaited for as long as it takes.
    """
    if withdrawal.state == WithdrawalState.AWAITING_APPROVAL:
        return APPROVAL_LOOKED_AT_EVERY.total_seconds()
    until = withdrawal.expires_at if withdrawal.paid_at is None else withdrawal.paid_at + RETURNED_WITHIN
    if withdrawal.short_since is not None:
        until = withdrawal.short_since + FUNDS_AGAIN_AFTER
    return (until - await clock.now(session, withdrawal.id)).total_seconds()


async def notify_owner(
    session: AsyncSession, withdrawal: Withdrawal, kind: str, *, number: int = 1, sealed: bytes | None = None
) -> None:
    """Stores the mail to the owner, once for each kind and number; `sealed` is a code by `seal_code`."""
    data = {"amount": str(withdrawal.amount), "fee": str(withdrawal.fee), "account": withdrawal.account}
    data["gateway"] = withdrawal.gateway or ""
    about = f"{withdrawal_workflow(str(withdrawal.id))}/{number}"
    await put_wallet_notice(session, withdrawal.wallet_id, kind, about, data, sealed)


def is_final(withdrawal: Withdrawal) -> bool:
    return WithdrawalState(withdrawal.state) in FINAL


def is_taken(withdrawal: Withdrawal) -> bool:
    """Whether the bank has paid it out, regardless of what came later."""
    return WithdrawalState(withdrawal.state) in TAKEN


async def _free(
    session: AsyncSession, withdrawal: Withdrawal, state: WithdrawalState, refused_code: str | None = None
) -> None:
    await books.void(session, withdrawal)
    await _move(session, withdrawal, state, refused_code)


async def _move(
    session: AsyncSession, withdrawal: Withdrawal, state: WithdrawalState, refused_code: str | None = None
) -> None:
    final_at = await session.scalar(select(func.clock_timestamp()))  # the redriver compares it with real signals
    withdrawal.state, withdrawal.refused_code, withdrawal.final_at = state, refused_code, final_at
    withdrawal.short_since = None
    await session.flush()
