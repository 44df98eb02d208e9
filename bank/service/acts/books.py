"""A bank's own ledger accounts: fees, transit, settlement with each other bank, outside, receivables."""

from __future__ import annotations

from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from bank.service.models import Book

# Every payment touches these accounts. Eight chains keep sixteen clients from queueing on one row, and eight rows are
# still cheap to sum. Transit is also sharded and therefore unguarded: operations_credited ensures that no more is paid
# out of it than was captured, and the audit checks it.
SHARDS: Final = 8

_OPENING: Final = 0x62616E6B  # advisory lock for numbering banks and opening books


async def lock_opening(session: AsyncSession) -> None:
    """Only one transaction at a time opens banks or books, so that no pair of banks is missed."""
    await session.execute(select(func.pg_advisory_xact_lock(_OPENING)))


async def open_books(session: AsyncSession, bank_id: int, currency: str) -> None:
    """Opens what `bank_id` needs to move `currency`, including settlement with every other such bank. Idempotent."""
    mine = select(Book.code).where(Book.bank_id == bank_id, Book.role == "fees", Book.currency == currency)
    if await session.scalar(mine):
        return
    await lock_opening(session)
    if await session.scalar(mine):
        return
    partners = select(Book.bank_id).where(Book.role == "fees", Book.currency == currency)
    for other in (await session.scalars(partners.order_by(Book.bank_id))).all():
        await _open(session, bank_id, "settlement", currency, other)
        await _open(session, other, "settlement", currency, bank_id)
    for role in ("fees", "transit", "outside", "receivables"):
        await _open(session, bank_id, role, currency, None)
    await session.flush()


def book_code(bank_id: int, role: str, currency: str) -> str:
    return f"bank/{bank_id}/{role}/{currency}"


def debt_code(bank_id: int, other_bank: int, currency: str) -> str:
    """The book of `bank_id` for its debt to `other_bank` for a payment in progress; for itself: its transit book."""
    role = "transit" if other_bank == bank_id else f"settlement/{other_bank}"
    return book_code(bank_id, role, currency)


async def _open(session: AsyncSession, bank_id: int, role: str, currency: str, other: int | None) -> None:
    code = book_code(bank_id, role, currency) if other is None else debt_code(bank_id, other, currency)
    shards = await ledger.open_shards(await session.connection(), code, currency, SHARDS)
    session.add(Book(code=code, bank_id=bank_id, role=role, other_bank=other, currency=currency, shards=shards))
