"""Banks and their operator accounts."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from bank.service.acts.accounts import create_account
from bank.service.acts.books import book_code, lock_opening, open_books
from bank.service.models import Bank
from bank.service.rules.accounts import MAX_BANK_ID, account_numbers
from domain.errors import Conflict, NotFound


async def open_bank(
    session: AsyncSession,
    name: str,
    requisite: str,
    currency: str,
    *,
    first_id: int = 1,
    draw: Callable[[int], bytes] = os.urandom,
) -> Bank:
    """A new bank with the next id, `first_id` or above, its books in `currency` and the platform's two accounts.

    `draw` gives random bytes. Raises `Conflict`: `bank_exists` when name or requisite is taken, `too_many_banks`.
    """
    await lock_opening(session)
    if await session.scalar(select(Bank.id).where((Bank.name == name) | (Bank.requisite == requisite)).limit(1)):
        raise Conflict("bank_exists", "Name and requisite of a bank are its own.")
    newest = await session.scalar(select(func.coalesce(func.max(Bank.id), 0))) or 0
    bank_id = max(newest + 1, first_id)
    if bank_id > MAX_BANK_ID:
        raise Conflict("too_many_banks", "Account numbers have room for 999 banks.")
    commission, guarantee = sorted(account_numbers(bank_id, 2, set(), draw))
    bank = Bank(
        id=bank_id,
        name=name,
        requisite=requisite,
        currency=currency,
        commission_account=commission,
        guarantee_account=guarantee,
    )
    # Bank and operator accounts refer to each other: the constraints on the bank's side are deferred to the commit.
    session.add(bank)
    await session.flush()
    await open_books(session, bank_id, currency)
    await create_account(session, commission, currency, kind="commission")
    await create_account(session, guarantee, currency, kind="guarantee")
    return bank


async def list_banks(session: AsyncSession) -> Sequence[Bank]:
    """Every bank by id."""
    return (await session.scalars(select(Bank).order_by(Bank.id))).all()


async def own_balance_minor(session: AsyncSession, bank: Bank) -> int:
    """The bank's own balance in its currency, minor units: the fees that it earned and has not refunded."""
    code = book_code(bank.id, "fees", bank.currency)
    return (await ledger.balance_of(await session.connection(), code)).balance_minor


async def known_bank(session: AsyncSession, bank_id: int, field: str = "bank_id") -> Bank:
    """Raises `NotFound` `unknown_bank`."""
    bank = await session.get(Bank, bank_id)
    if bank is None:
        raise NotFound("unknown_bank", "There is no such bank.", field)
    return bank
