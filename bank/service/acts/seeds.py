"""A seeded world: banks, fees, clients and accounts with money, the same for the same seed in an empty bank."""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import permutations
from typing import Final

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from bank.service.acts.accounts import ledger_code
from bank.service.acts.banks import open_bank
from bank.service.acts.books import book_code
from bank.service.models import Account, Bank, Book, Client, Fee
from bank.service.refusals import post_linked
from bank.service.rules.accounts import RANDOM_BYTES, account_number
from domain.errors import Malformed
from domain.money import Money
from ledger import MAX_COMMANDS, Post

MAX_ACCOUNTS: Final = 100_000  # ten banks with a hundred clients with a hundred accounts each

_BANKS: Final = ("Amber", "Birch", "Cedar", "Delta", "Ember", "Fjord", "Garnet", "Harbor", "Iris", "Juniper")
_FIRST: Final = ("Alina", "Boris", "Clara", "Denis", "Elena", "Fedor", "Galina", "Hanna", "Igor", "Julia", "Kirill")
_LAST: Final = ("Abel", "Berg", "Caro", "Dahl", "Ermak", "Falk", "Gordin", "Holm", "Ivens", "Jansen", "Klee", "Lind")


@dataclass(frozen=True, slots=True)
class Planted:
    """What was added; `accounts` does not count the operator's two in each bank."""

    bank_ids: list[int]
    clients: int
    accounts: int
    fees: int


async def plant(
    session: AsyncSession, banks: int, clients: int, accounts_per_client: int, seed: int, opening: Money
) -> Planted:
    """Adds `banks` banks of `clients` clients each, every account with the balance `opening`.

    Raises `Malformed` `too_many_accounts`, `Conflict` as `open_bank`.
    """
    if banks * clients * accounts_per_client > MAX_ACCOUNTS:
        raise Malformed("too_many_accounts", f"At most {MAX_ACCOUNTS} accounts at once.", "accounts_per_client")
    generator = random.Random(seed)  # noqa: S311  # reproducible on purpose; real numbers come from os.urandom
    bank_ids: list[int] = []
    for position in range(banks):
        bank_id = await _plant_bank(session, position, opening.currency, generator)
        bank_ids.append(bank_id)
        owners = await _plant_clients(session, bank_id, clients, generator)
        await _plant_accounts(session, bank_id, owners * accounts_per_client, opening, generator)
    fees = await _plant_fees(session, bank_ids, opening.currency, generator)
    return Planted(bank_ids, banks * clients, banks * clients * accounts_per_client, fees)


async def _plant_bank(session: AsyncSession, position: int, currency: str, generator: random.Random) -> int:
    newest = await session.scalar(select(Bank.id).order_by(Bank.id.desc()).limit(1))
    number = (newest or 0) + 1
    name = f"{_BANKS[position % len(_BANKS)]} Bank {number:03d}"
    opened = await open_bank(session, name, f"0445{number:05d}", currency, draw=generator.randbytes)
    return opened.id


async def _plant_clients(session: AsyncSession, bank_id: int, count: int, generator: random.Random) -> list[int]:
    rows = [
        {
            "name": f"{generator.choice(_FIRST)} {generator.choice(_LAST)}",
            "email": f"client-{bank_id:03d}-{number:04d}@example.test",
        }
        for number in range(1, count + 1)
    ]
    planted = await session.scalars(insert(Client).returning(Client.id, sort_by_parameter_order=True), rows)
    return list(planted.all())


async def _plant_accounts(
    session: AsyncSession, bank_id: int, owners: list[int], opening: Money, generator: random.Random
) -> None:
    taken = set((await session.scalars(select(Account.number).where(Account.bank_id == bank_id))).all())
    numbers: list[str] = []
    while len(numbers) < len(owners):
        number = account_number(bank_id, generator.randbytes(RANDOM_BYTES))
        if number not in taken:
            taken.add(number)
            numbers.append(number)
    connection = await session.connection()
    ledger_ids = [
        await ledger.open_account(connection, ledger_code(number), opening.currency, floor_minor=0)
        for number in numbers
    ]
    rows = [
        {
            "number": number,
            "bank_id": bank_id,
            "client_id": owner,
            "kind": "client",
            "currency": opening.currency,
            "ledger_id": ledger_id,
        }
        for number, owner, ledger_id in zip(numbers, owners, ledger_ids, strict=True)
    ]
    await session.execute(insert(Account), rows)
    shards = await session.scalar(
        select(Book.shards).where(Book.code == book_code(bank_id, "outside", opening.currency))
    )
    assert shards is not None, "the books were opened with the bank"
    posts = [
        Post(f"opening/{row['number']}", shards[i % len(shards)], ledger_id, opening.minor, opening.currency, "opening")
        for i, (row, ledger_id) in enumerate(zip(rows, ledger_ids, strict=True))
    ]
    for start in range(0, len(posts), MAX_COMMANDS):
        await post_linked(session, posts[start : start + MAX_COMMANDS])


async def _plant_fees(session: AsyncSession, bank_ids: list[int], currency: str, generator: random.Random) -> int:
    """Between every two of the new banks 0.50 to 3.00 percent, with a minimum of 10 to 100 whole units."""
    unit = 10 ** len(Money(0, currency).amount.partition(".")[2])
    rows = [
        {
            "payer_bank": payer,
            "payee_bank": payee,
            "currency": currency,
            "percent_bp": generator.randrange(50, 301, 25),
            "minimum_minor": generator.randrange(10, 101, 10) * unit,
        }
        for payer, payee in permutations(bank_ids, 2)
    ]
    if rows:
        await session.execute(insert(Fee), rows)
    return len(rows)
