"""A seeded world: banks, fees, clients and accounts with money, the same for the same seed in an empty bank.

A world is created in the one transaction of its request: after a crash half-way nothing of it exists, and a repeat of
the key creates it again. It touches only rows of its own, so that payments continue meanwhile; only opening another
bank waits for its end.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, count, permutations, product
from string import ascii_uppercase
from typing import Final

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from bank.service.acts.accounts import ledger_code
from bank.service.acts.banks import open_bank
from bank.service.acts.books import book_code
from bank.service.models import Bank, Book, Client, Fee
from bank.service.refusals import post_linked
from bank.service.rules.accounts import account_numbers
from domain.errors import Malformed
from domain.money import Money
from ledger import Post

MAX_ACCOUNTS: Final = 100_000  # ten banks with a hundred clients with a hundred accounts each
BATCH: Final = 500  # accounts per statement: blocks the event loop for some 20 ms at a time

_BANKS: Final = ("Amber", "Birch", "Cedar", "Delta", "Ember", "Fjord", "Garnet", "Harbor", "Iris", "Juniper")
_FIRST: Final = ("Alina", "Boris", "Clara", "Denis", "Elena", "Fedor", "Galina", "Hanna", "Igor", "Julia", "Kirill")
_LAST: Final = ("Abel", "Berg", "Caro", "Dahl", "Ermak", "Falk", "Gordin", "Holm", "Ivens", "Jansen", "Klee", "Lind")

_INSERT_ACCOUNTS: Final = """
INSERT INTO accounts (number, bank_id, client_id, kind, currency, ledger_id)
SELECT number, $1, client_id, 'client', $2, ledger_id
FROM unnest($3::text[], $4::bigint[], $5::bigint[]) AS opened (number, client_id, ledger_id)
"""

# Read back from the database, balances from the ledger. Ids from sequences are left out, because earlier rollbacks
# leave gaps in them.
_DIGEST: Final = """
WITH world AS (
    SELECT format('bank %s %s %s %s %s', id, name, requisite, commission_account, guarantee_account) AS line
    FROM banks WHERE id = ANY (:banks)
    UNION ALL
    SELECT format('account %s %s %s %s %s %s', a.number, a.kind, c.name, c.email, l.currency, l.balance_minor)
    FROM accounts a JOIN ledger.accounts l ON l.id = a.ledger_id LEFT JOIN clients c ON c.id = a.client_id
    WHERE a.bank_id = ANY (:banks)
    UNION ALL
    SELECT format('fee %s %s %s %s %s', payer_bank, payee_bank, currency, percent_bp, minimum_minor)
    FROM fees WHERE payer_bank = ANY (:banks) AND payee_bank = ANY (:banks)
)
SELECT encode(sha256(convert_to(string_agg(line, E'\\n' ORDER BY line COLLATE "C"), 'UTF8')), 'hex') FROM world
"""


@dataclass(frozen=True, slots=True)
class Planted:
    """What was added; `accounts` does not count the platform's two in each bank.

    `digest`: SHA-256 over banks, owners, numbers, balances and fees as they are stored.
    """

    bank_ids: list[int]
    clients: int
    accounts: int
    fees: int
    digest: str


async def plant(
    session: AsyncSession,
    banks: int,
    clients: int,
    accounts_per_client: int,
    seed: int,
    opening: Money,
    *,
    first_id: int = 1,
) -> Planted:
    """Adds `banks` banks of `clients` clients each, every account with the balance `opening`.

    Raises `Malformed` `too_many_accounts`, `Conflict` as `open_bank`.
    """
    if banks * clients * accounts_per_client > MAX_ACCOUNTS:
        raise Malformed("too_many_accounts", f"At most {MAX_ACCOUNTS} accounts at once.", "accounts_per_client")
    generator = random.Random(seed)  # noqa: S311 # reproducible on purpose; real numbers come from os.urandom
    names = _names(generator)
    opened: list[Bank] = []
    for position in range(banks):
        bank = await _plant_bank(session, position, opening.currency, generator, first_id)
        opened.append(bank)
        owners = await _plant_clients(session, bank.id, clients, names)
        await _plant_accounts(session, bank, owners * accounts_per_client, opening, generator)
    bank_ids = [bank.id for bank in opened]
    fees = await _plant_fees(session, bank_ids, opening.currency, generator)
    # A slow run may have been analysed while uncommitted, as empty tables: joined row by row, this would never end.
    await session.execute(text("SET LOCAL enable_nestloop = off"))
    digest: str | None = await session.scalar(text(_DIGEST), {"banks": bank_ids})
    await session.execute(text("SET LOCAL enable_nestloop = on"))
    assert digest is not None, "there is a bank at least"
    return Planted(bank_ids, banks * clients, banks * clients * accounts_per_client, fees, digest)


async def _plant_bank(
    session: AsyncSession, position: int, currency: str, generator: random.Random, first_id: int
) -> Bank:
    newest = await session.scalar(select(Bank.id).order_by(Bank.id.desc()).limit(1))
    number = max((newest or 0) + 1, first_id)
    name = f"{_BANKS[position % len(_BANKS)]} Bank {number:03d}"
    return await open_bank(session, name, f"0445{number:05d}", currency, first_id=first_id, draw=generator.randbytes)


def _names(generator: random.Random) -> Iterator[str]:
    """An endless series of distinct names. Namesakes have middle initials: none, A, B, … AA."""
    seen: dict[tuple[str, str], Iterator[tuple[str, ...]]] = {}
    while True:
        pair = generator.choice(_FIRST), generator.choice(_LAST)
        initials = seen.setdefault(pair, chain.from_iterable(product(ascii_uppercase, repeat=n) for n in count()))
        yield " ".join((pair[0], *(f"{initial}." for initial in next(initials)), pair[1]))


async def _plant_clients(session: AsyncSession, bank_id: int, wanted: int, names: Iterator[str]) -> list[int]:
    rows = [
        {"name": next(names), "email": f"client-{bank_id:03d}-{number:04d}@example.test"}
        for number in range(1, wanted + 1)
    ]
    planted = await session.scalars(insert(Client).returning(Client.id, sort_by_parameter_order=True), rows)
    return list(planted.all())


async def _plant_accounts(
    session: AsyncSession, bank: Bank, owners: list[int], opening: Money, generator: random.Random
) -> None:
    shards = await session.scalar(
        select(Book.shards).where(Book.code == book_code(bank.id, "outside", opening.currency))
    )
    assert shards is not None, "the books were opened with the bank"
    connection = await session.connection()
    taken = {bank.commission_account, bank.guarantee_account}
    for start in range(0, len(owners), BATCH):
        batch = owners[start : start + BATCH]
        numbers = account_numbers(bank.id, len(batch), taken, generator.randbytes)
        ledger_ids = await ledger.open_accounts(
            connection, [ledger_code(number) for number in numbers], opening.currency, floor_minor=0
        )
        await connection.exec_driver_sql(_INSERT_ACCOUNTS, (bank.id, opening.currency, numbers, batch, ledger_ids))
        source = shards[start // BATCH % len(shards)]  # one chain per call: fewer accounts to lock and to update
        await post_linked(
            session,
            [
                Post(f"opening/{number}", source, ledger_id, opening.minor, opening.currency, "opening")
                for number, ledger_id in zip(numbers, ledger_ids, strict=True)
            ],
        )


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
