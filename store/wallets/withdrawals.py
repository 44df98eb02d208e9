"""Withdrawals: the amount held in a wallet, the target account, and the state. Rows are the commands."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.errors import Conflict, NotFound
from domain.keys import withdrawal_leg, withdrawal_of_key, withdrawal_workflow
from domain.money import Money
from domain.withdrawals import (
    CONFIRM_WITHIN,
    FINAL,
    FUNDS_AGAIN_AFTER,
    MACHINE,
    RETURNED_WITHIN,
    TAKEN,
    WithdrawalState,
    may_cancel,
)
from ledger.accounts import open_shards, shard_for
from ledger.commands import Capture, Hold, Post, Void
from store import clock
from store.banks.accounts import Account, usable
from store.banks.banks import fee_rule
from store.base import Minor, WorkflowRow, in_pages
from store.mail.notices import put_wallet_notice
from store.payments.books import SHARDS
from store.payments.unconfirmed import UNCONFIRMED_WITHDRAWALS, may_wait_for_a_code
from store.wallets.posting import post_checked
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
        Index("ix_withdrawals_wallet_id", "wallet_id", "id"),
        Index("ix_withdrawals_short", "bank_id", postgresql_where=text("state = 'awaiting_funds'")),
        Index("ix_withdrawals_unconfirmed", "wallet_id", postgresql_where=text("state = 'awaiting_code'")),
        Index(
            "ix_withdrawals_open",
            "id",
            postgresql_where=text("final_at IS NULL OR final_at >= coalesce(redriven_at, created_at)"),
        ),
    )

    wallet_id: Mapped[UUID] = mapped_column(ForeignKey("wallets.id"))
    bank_id: Mapped[int] = mapped_column(ForeignKey("banks.id"))
    account: Mapped[str]
    """The number of the owner's account that receives the money."""
    amount_minor: Mapped[Minor]
    fee_minor: Mapped[Minor]
    """The bank's additional charge, as the owner was shown it."""
    currency: Mapped[str]
    operation: Mapped[str | None]
    """The bank's key of the payout."""
    refused_code: Mapped[str | None]
    expires_at: Mapped[datetime]
    """By the database's clock: after it no code is accepted, and the hold is void."""
    confirmed_at: Mapped[datetime | None]
    paid_at: Mapped[datetime | None]
    payout: Mapped[int] = mapped_column(server_default=text("1"))
    """The number of the payout asked for at the bank: one more each time that our account had too little."""
    short_since: Mapped[datetime | None]
    flagged_at: Mapped[datetime | None]

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


async def begin_withdrawal(session: AsyncSession, wallet: Wallet, account: Account, money: Money) -> Withdrawal:
    """Holds amount and fee in the wallet, until a code confirms it.

    Raises `Conflict` account_unconfirmed, wrong_currency, too_many_unconfirmed, insufficient_funds, wallet_closed.
    """
    usable(account)
    if not wallet.currency == account.currency == money.currency:
        raise Conflict("wrong_currency", "Wallet, account and amount are in one currency.", "amount.currency")
    await may_wait_for_a_code(session, wallet.user_id, UNCONFIRMED_WITHDRAWALS)
    # The account's bank pays it out from the platform's account there: within one bank.
    rule = await fee_rule(session, account.bank_id, account.bank_id, money.currency)
    withdrawal = Withdrawal(
        wallet_id=wallet.id,
        bank_id=account.bank_id,
        account=account.number,
        amount_minor=money.minor,
        fee_minor=rule.fee_minor(money.minor),
        currency=money.currency,
        state=WithdrawalState.AWAITING_CODE,
        expires_at=await clock.now(session, wallet.id) + CONFIRM_WITHIN,
    )
    session.add(withdrawal)
    await session.flush()
    outside = await _outside(session, withdrawal)
    total = withdrawal.total
    hold = Hold(_leg(withdrawal, "hold"), wallet.account_id, outside, total.minor, total.currency, account.number)
    await post_checked(session, hold)
    return withdrawal


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
    """The bank has paid a locked withdrawal out: the hold is captured. Idempotent."""
    if withdrawal.state != WithdrawalState.PAYING:
        return
    await post_checked(session, Capture(_leg(withdrawal, "capture"), _leg(withdrawal, "hold")))
    paid_at = await clock.now(session, withdrawal.id)
    withdrawal.state, withdrawal.operation, withdrawal.paid_at = WithdrawalState.PAID, operation, paid_at
    await session.flush()
    await notify_owner(session, withdrawal, "withdrawal_paid")


async def refused(session: AsyncSession, withdrawal: Withdrawal, code: str) -> None:
    """The bank has finally refused a locked withdrawal: the hold is void."""
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
    wallet = await session.get_one(Wallet, withdrawal.wallet_id)
    outside = await _outside(session, withdrawal)
    # The bank keeps a fee that it has earned, and returns the amount.
    amount = withdrawal.amount
    leg = _leg(withdrawal, "return")
    await post_checked(
        session, Post(leg, outside, wallet.account_id, amount.minor, amount.currency, withdrawal.account)
    )
    await _move(session, withdrawal, WithdrawalState.RETURNED)
    await notify_owner(session, withdrawal, "withdrawal_returned")


async def seconds_left(session: AsyncSession, withdrawal: Withdrawal) -> float:
    """How long a code, our own money or a return is still awaited, by the database's clock; negative: expired."""
    until = withdrawal.expires_at if withdrawal.paid_at is None else withdrawal.paid_at + RETURNED_WITHIN
    if withdrawal.short_since is not None:
        until = withdrawal.short_since + FUNDS_AGAIN_AFTER
    return (until - await clock.now(session, withdrawal.id)).total_seconds()


async def notify_owner(
    session: AsyncSession, withdrawal: Withdrawal, kind: str, *, number: int = 1, sealed: bytes | None = None
) -> None:
    """Stores the mail to the owner, once for each kind and number; `sealed` is a code by `seal_code`."""
    data = {"amount": str(withdrawal.amount), "fee": str(withdrawal.fee), "account": withdrawal.account}
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
    await post_checked(session, Void(_leg(withdrawal, "void"), _leg(withdrawal, "hold")))
    await _move(session, withdrawal, state, refused_code)


async def _move(
    session: AsyncSession, withdrawal: Withdrawal, state: WithdrawalState, refused_code: str | None = None
) -> None:
    final_at = await clock.now(session, withdrawal.id)
    withdrawal.state, withdrawal.refused_code, withdrawal.final_at = state, refused_code, final_at
    withdrawal.short_since = None
    await session.flush()


async def _outside(session: AsyncSession, withdrawal: Withdrawal) -> int:
    code = f"outside/withdrawal/{withdrawal.bank_id}/{withdrawal.currency}"
    shards = await open_shards(await session.connection(), code, withdrawal.currency, SHARDS)
    return shard_for(shards, str(withdrawal.id))


def _leg(withdrawal: Withdrawal, leg: str) -> str:
    return withdrawal_leg(str(withdrawal.id), leg)
