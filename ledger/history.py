"""An account as its owner sees it: the balance and the newest entries, read in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from sqlalchemy import Row

from ledger.accounts import Balance
from ledger.connection import Connection

MAX_ENTRIES: Final = 1_000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: signed changes in minor units (credit +, debit -) and the balance after them.

    `version` counts the account's entries from 1 without a gap; `at` is the database's time of the transfer (UTC);
    `counterparty` is the code of the other account; `hold_id` the transfer that a capture or void has ended.
    """

    version: int
    transfer_id: int
    key: str
    kind: str
    hold_id: int | None
    counterparty: str
    amount_minor: int
    held_minor: int
    incoming_minor: int
    after: Balance
    reference: str
    at: datetime


@dataclass(frozen=True, slots=True)
class History:
    """The current balance, and entries from newest to oldest. `next_before`: the cursor of the next page, or None."""

    balance: Balance
    entries: tuple[Entry, ...]
    next_before: int | None


# One statement, so that the balance belongs to the newest entry.
_HISTORY: Final = """
SELECT a.balance_minor, a.held_minor AS account_held, a.incoming_minor AS account_incoming, l.*
FROM ledger.accounts a
LEFT JOIN LATERAL (
    SELECT e.version, e.transfer_id, t.key, t.kind, t.hold_id, o.code AS counterparty, e.amount_minor, e.held_minor,
           e.incoming_minor, e.balance_after_minor, e.held_after_minor, e.incoming_after_minor, t.reference,
           e.created_at AS at
    FROM ledger.entries e
    JOIN ledger.transfers t ON t.id = e.transfer_id
    JOIN ledger.accounts o ON o.id = CASE e.account_id WHEN t.debit_account THEN t.credit_account
                                                       ELSE t.debit_account END
    WHERE e.account_id = a.id AND e.version < $2
    ORDER BY e.version DESC LIMIT $3
) l ON true
WHERE a.id = $1
ORDER BY l.version DESC
"""

_AFTER: Final = """
SELECT transfer_id, account_id, balance_after_minor, held_after_minor, incoming_after_minor
FROM ledger.entries WHERE transfer_id = ANY($1::bigint[])
"""


async def history(connection: Connection, account_id: int, *, before: int | None = None, limit: int = 50) -> History:
    """The newest entries of `account_id`, at most `limit` (1 to 1,000), of those with a version below `before`.

    Raises LookupError for an unknown account, ValueError for a limit out of range.
    """
    if not 1 <= limit <= MAX_ENTRIES:
        raise ValueError(f"a page has 1 to {MAX_ENTRIES} entries")
    # One entry more than asked for shows whether there is a next page.
    found = await connection.exec_driver_sql(_HISTORY, (account_id, before or 2**62, limit + 1))
    rows = found.all()
    if not rows:
        raise LookupError(f"no account {account_id}")
    balance = Balance(rows[0].balance_minor, rows[0].account_held, rows[0].account_incoming)
    entries = tuple(entry_of(Entry, row) for row in rows if row.version is not None)
    shown = entries[:limit]
    return History(balance, shown, shown[-1].version if len(entries) > limit else None)


async def balances_after(connection: Connection, transfer_ids: Sequence[int]) -> dict[tuple[int, int], Balance]:
    """The balance of each account of these transfers right after each of them, by (transfer, account)."""
    found = await connection.exec_driver_sql(_AFTER, (list(transfer_ids),))
    return {(row.transfer_id, row.account_id): balance_after(row) for row in found}


def entry_of(kind: type[T], row: Row[Any]) -> T:
    """An entry as a row has it: each field under its own name, and the balance after it in three columns."""
    read: dict[str, Any] = {name: getattr(row, name) for name in kind.__annotations__ if name != "after"}
    read["after"] = balance_after(row)
    return kind(**read)


def balance_after(row: Row[Any]) -> Balance:
    return Balance(row.balance_after_minor, row.held_after_minor, row.incoming_after_minor)
