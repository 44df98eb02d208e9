"""Accounts: opening, sharding, closing, balances."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from domain.money import decimals
from ledger.connection import Connection

MAX_OPENED: Final = 10_000  # per call: a statement takes a few tenths of a second, with half a megabyte of codes
MAX_SHARDS: Final = 256  # far above any number of cores; balance_of reads them all

_OPEN: Final = """
WITH wanted AS (
    SELECT * FROM unnest($1::text[], $2::bigint[]) AS w (code, floor_minor)
), opened AS (
    INSERT INTO ledger.accounts (code, currency, floor_minor)
    SELECT code, $3, floor_minor FROM wanted w WHERE NOT EXISTS (SELECT FROM ledger.accounts a WHERE a.code = w.code)
    ORDER BY code ON CONFLICT (code) DO NOTHING RETURNING code, id, currency, floor_minor
)
SELECT code, id, currency, floor_minor FROM ledger.accounts WHERE code = ANY($1::text[])
UNION ALL SELECT * FROM opened
"""

_Found = dict[str, tuple[int, str, int | None]]  # id, currency, floor by code


@dataclass(frozen=True, slots=True)
class Balance:
    """Minor units of the account's currency. Held: reserved by open holds; incoming: promised by open holds."""

    balance_minor: int
    held_minor: int
    incoming_minor: int

    @property
    def available_minor(self) -> int:
        """What can be debited or held now without taking the account below zero."""
        return self.balance_minor - self.held_minor


async def open_account(connection: Connection, code: str, currency: str, *, floor_minor: int | None = None) -> int:
    """The id of the account `code`, opened empty if it does not exist.

    `floor_minor` (<= 0) guards it: balance - held never falls below it. None leaves it unguarded. Raises ValueError
    when the account exists with another currency or floor, or when `code` is empty, longer than 200 characters or
    contains `#` (which names shards); `domain.errors.Malformed` for an unknown currency.
    """
    decimals(currency)
    if "#" in code:
        raise ValueError("'#' in an account's code is kept for shards")
    return (await _open(connection, [code], currency, floor_minor))[0]


async def open_accounts(
    connection: Connection, codes: Sequence[str], currency: str, *, floor_minor: int | None = None
) -> list[int]:
    """Ids of the accounts `codes`, in their order; opens those that are missing. For opening many accounts at once.

    One statement when all are new. Otherwise as `open_account`. Also raises ValueError for more than MAX_OPENED codes.
    """
    decimals(currency)
    if len(codes) > MAX_OPENED:
        raise ValueError(f"at most {MAX_OPENED} accounts per call")
    if any("#" in code for code in codes):
        raise ValueError("'#' in an account's code is kept for shards")
    _check(codes, floor_minor)
    return await _complete(connection, codes, currency, floor_minor, {})


async def open_shards(connection: Connection, code: str, currency: str, count: int) -> list[int]:
    """Ids of the `count` unguarded shards `code#0` … of an account that every payment touches.

    Each has its own chain of entries; the balance of `code` is their sum (`balance_of`). Idempotent; a larger `count`
    than before adds shards. Raises like `open_account`, and ValueError unless 1 <= count <= 256.
    """
    decimals(currency)
    if "#" in code or not 1 <= count <= MAX_SHARDS:
        raise ValueError(f"a code without '#', and 1 to {MAX_SHARDS} shards")
    return await _open(connection, [f"{code}#{number}" for number in range(count)], currency, None)


def shard_for(shards: Sequence[int], key: str) -> int:
    """The shard for `key`: always the same while the number of shards does not change."""
    return shards[_place(len(shards), key)]


def _place(count: int, key: str) -> int:
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8]) % count


@dataclass(frozen=True, slots=True)
class Named:
    """An account by its code, opened when it is first needed; `floor_minor` as in `open_account`."""

    code: str
    floor_minor: int | None = None


def shard(code: str, count: int, key: str) -> Named:
    """The shard for `key` of the account `code`, as `open_shards` opens and `shard_for` chooses it."""
    return Named(f"{code}#{_place(count, key)}")


async def open_named(connection: Connection, accounts: Sequence[Named], currency: str) -> list[int]:
    """Ids of `accounts`, in their order, each opened if it is missing: one statement. Raises as `open_account`."""
    decimals(currency)
    wanted = {account.code: account.floor_minor for account in accounts}
    for floor_minor in set(wanted.values()):
        _check(list(wanted), floor_minor)
    found: _Found = {}
    while missing := [code for code in wanted if code not in found]:  # again only if another has just opened one
        rows = await connection.exec_driver_sql(_OPEN, (missing, [wanted[code] for code in missing], currency))
        found |= {row.code: (row.id, row.currency, row.floor_minor) for row in rows}
    for code, floor_minor in wanted.items():
        if found[code][1:] != (currency, floor_minor):
            raise ValueError(f"account {code} exists with another currency or floor")
    return [found[account.code][0] for account in accounts]


async def close_account(connection: AsyncConnection, account_id: int) -> None:
    """Closes the account to new posts and holds; existing holds can still be captured or voided. Idempotent.

    Raises LookupError for an unknown account.
    """
    closed = await connection.exec_driver_sql(
        "UPDATE ledger.accounts SET closed_at = coalesce(closed_at, clock_timestamp()) WHERE id = $1 RETURNING id",
        (account_id,),
    )
    if closed.scalar_one_or_none() is None:
        raise LookupError(f"no account {account_id}")


async def balance(connection: AsyncConnection, account_id: int) -> Balance:
    """The balance of one account, as committed or as this transaction has changed it. Raises LookupError if unknown."""
    found = await connection.exec_driver_sql(
        "SELECT balance_minor, held_minor, incoming_minor FROM ledger.accounts WHERE id = $1", (account_id,)
    )
    row = found.one_or_none()
    if row is None:
        raise LookupError(f"no account {account_id}")
    return Balance(row.balance_minor, row.held_minor, row.incoming_minor)


async def lock_balances(connection: Connection, account_ids: Collection[int]) -> dict[int, Balance]:
    """The balances of these accounts, locked until the transaction ends.

    Locks are taken in id order, as `post` takes them. Name every account that the next `post` touches, so that it waits
    for no further lock. Unknown accounts are left out.
    """
    found = await connection.exec_driver_sql(
        "SELECT id, balance_minor, held_minor, incoming_minor FROM ledger.accounts"
        " WHERE id = ANY($1::bigint[]) ORDER BY id FOR NO KEY UPDATE",
        (list(account_ids),),
    )
    return {row.id: Balance(row.balance_minor, row.held_minor, row.incoming_minor) for row in found}


async def balance_of(connection: AsyncConnection, code: str) -> Balance:
    """The balance of account `code`, or the sum over its shards. Raises LookupError if neither exists."""
    # '$' follows '#' in ASCII, and codes are collated "C": the range is exactly the shards, straight from the index.
    found = await connection.exec_driver_sql(
        "SELECT sum(balance_minor)::bigint AS balance, sum(held_minor)::bigint AS held,"
        " sum(incoming_minor)::bigint AS incoming"
        " FROM ledger.accounts WHERE code = $1 OR (code >= $1 || '#' AND code < $1 || '$')",
        (code,),
    )
    row = found.one()
    if row.balance is None:
        raise LookupError(f"no account {code}")
    return Balance(row.balance, row.held, row.incoming)


async def _open(connection: Connection, codes: list[str], currency: str, floor_minor: int | None) -> list[int]:
    _check(codes, floor_minor)
    return await _complete(connection, codes, currency, floor_minor, await _find(connection, codes))


def _check(codes: Sequence[str], floor_minor: int | None) -> None:
    if floor_minor is not None and floor_minor > 0:
        raise ValueError("a new account is empty, so its floor cannot be above zero")
    if any(not 1 <= len(code) <= 200 or "\0" in code for code in codes):
        raise ValueError("an account's code has 1 to 200 characters")


async def _complete(
    connection: Connection, codes: Sequence[str], currency: str, floor_minor: int | None, found: _Found
) -> list[int]:
    """Opens accounts that are missing in `found`. Raises ValueError for one with another currency or floor."""
    missing = [code for code in codes if code not in found]
    if missing:
        opened = await connection.exec_driver_sql(
            "INSERT INTO ledger.accounts (code, currency, floor_minor) SELECT code, $2, $3 FROM unnest($1::text[]) code"
            " ORDER BY code ON CONFLICT (code) DO NOTHING RETURNING code, id, currency, floor_minor",
            (missing, currency, floor_minor),
        )
        found = found | {row.code: (row.id, row.currency, row.floor_minor) for row in opened}
    if others := [code for code in missing if code not in found]:
        # A separate statement, so that it also sees what a concurrent caller has committed since.
        found = found | await _find(connection, others)
    for code in codes:
        if found[code][1:] != (currency, floor_minor):
            raise ValueError(f"account {code} exists with another currency or floor")
    return [found[code][0] for code in codes]


async def _find(connection: Connection, codes: list[str]) -> _Found:
    found = await connection.exec_driver_sql(
        "SELECT code, id, currency, floor_minor FROM ledger.accounts WHERE code = ANY($1::text[])", (codes,)
    )
    return {row.code: (row.id, row.currency, row.floor_minor) for row in found}
