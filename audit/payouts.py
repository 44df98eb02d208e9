"""Withdrawals from wallets against the banks' payouts, and against what banks have returned since."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from audit.looks import answered, some_at_once
from bank.banks import Banks
from bank.client import Refused
from bank.payouts import Payout
from domain.wallets import PLATFORM
from domain.withdrawals import HOLDING, WithdrawalState
from store.wallets.withdrawals import Withdrawal

NAME: Final = "payouts_agree_with_banks"
SENTENCE: Final = "Each paid withdrawal is a payout of its bank, as requested, and each returned payout is booked back."

Add = Callable[[str, int, int, int], None]
"""`add(book, balance, held, incoming)`, in minor units."""


@dataclass(slots=True)
class Looked:
    """The number of withdrawals compared with a bank, and the violations with their ids."""

    examined: int = 0
    details: list[str] = field(default_factory=list)


async def read_withdrawals(session: AsyncSession) -> Sequence[Withdrawal]:
    """All withdrawals to bank accounts that have or may have moved money, as the session's transaction sees them."""
    moving = Withdrawal.operation.is_not(None) | Withdrawal.state.in_(HOLDING)
    query = select(Withdrawal).where(moving, Withdrawal.gateway.is_(None))
    return list(await session.scalars(query.order_by(Withdrawal.id)))


async def look(withdrawals: Sequence[Withdrawal], banks: Banks, add: Add, now: datetime, grace: timedelta) -> Looked:
    """Asks the bank for each payout that a row names. A return within `grace` may still be on its way to us.

    Raises `BankSilent`.
    """
    looked = Looked()

    async def one(withdrawal: Withdrawal) -> None:
        book = f"outside/withdrawal/{withdrawal.bank_id}/{withdrawal.currency}"
        if withdrawal.operation is None:
            add(book, 0, 0, withdrawal.total.minor)
            return
        key = withdrawal.operation
        looked.examined += 1
        bank = await banks.of(withdrawal.bank_id or PLATFORM)
        answer = await answered(lambda: bank.payout(key))
        if isinstance(answer, Refused):
            looked.details.append(f"withdrawal {withdrawal.id}: its bank has no payout {key}")
            return
        payout = answer.value
        if withdrawal.state != WithdrawalState.RETURNED:
            add(book, payout.amount.minor + payout.fee.minor, 0, 0)
        looked.details += _differences(withdrawal, payout, now - grace)

    await some_at_once(withdrawals, one)
    return looked


def _differences(withdrawal: Withdrawal, payout: Payout, settled_before: datetime) -> list[str]:
    found = []
    asked = (withdrawal.amount, withdrawal.fee, withdrawal.account, f"withdrawal/{withdrawal.id}")
    actual = (payout.amount, payout.fee, payout.payee_account, payout.reference)
    if asked != actual:
        asked_for, is_so = (" ".join(map(str, side)) for side in (asked, actual))
        found.append(f"withdrawal {withdrawal.id}: asked for {asked_for}, payout {payout.key} is {is_so}")
    booked_back = withdrawal.state == WithdrawalState.RETURNED
    if payout.returned_at is not None and not booked_back and payout.returned_at < settled_before:
        found.append(f"withdrawal {withdrawal.id} is {withdrawal.state}, but was sent back at {payout.returned_at}")
    if payout.returned_at is None and booked_back:
        found.append(f"withdrawal {withdrawal.id} is booked back, but payout {payout.key} was not sent back")
    return found
