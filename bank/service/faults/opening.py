"""Opening the test accounts: the same numbers at each bank, with money, all of one client."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.acts.accounts import create_account
from bank.service.acts.banks import list_banks
from bank.service.acts.books import book_code, lock_opening
from bank.service.acts.clients import open_client
from bank.service.faults.accounts import numbers_of
from bank.service.models import Account, Bank, Book
from bank.service.refusals import post_linked
from domain.money import decimals
from ledger import Post

CLIENT: Final = "Test Accounts"
OPENING_UNITS: Final = 1_000_000  # on each, whole units: for many payments


async def open_test_accounts(session: AsyncSession, email: str) -> list[str]:
    """Opens those that are missing, at every bank, in its currency; returns the numbers of all of them.

    Codes for them go to `email`.
    """
    await lock_opening(session)
    banks = await list_banks(session)
    wanted = {number: bank for bank in banks for number in numbers_of(bank.id)}
    known = set(await session.scalars(select(Account.number).where(Account.number.in_(wanted))))
    missing = {number: bank for number, bank in wanted.items() if number not in known}
    if missing:
        client = await open_client(session, CLIENT, email, None, "en")
        for bank in banks:
            await _open(session, bank, [number for number, at in missing.items() if at is bank], client.id)
    return list(wanted)


async def _open(session: AsyncSession, bank: Bank, numbers: list[str], client_id: int) -> None:
    outside = book_code(bank.id, "outside", bank.currency)
    shards = await session.scalar(select(Book.shards).where(Book.code == outside))
    assert shards is not None, "the books were opened with the bank"
    minor = OPENING_UNITS * 10 ** decimals(bank.currency)
    posts = []
    for number in numbers:
        account = await create_account(session, number, bank.currency, client_id=client_id)
        assert account is not None, "nobody else opens accounts with these numbers"
        posts.append(Post(f"opening/{number}", shards[0], account.ledger_id, minor, bank.currency, "opening"))
    if posts:
        await post_linked(session, posts)
