"""Account statements: the entries of a period between an opening and a closing balance, page by page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.accounts import Balance
from ledger.history import balance_after, entry_of

MAX_PAGE_LINES: Final = 1_000


@dataclass(frozen=True, slots=True)
class Line:
    """One entry: signed changes in minor units (credit +, debit -) and the balance after them.

    `version` counts the account's entries from 1 without a gap; `at` is the database's time of the transfer (UTC);
    `counterparty` is the id of the other account; `hold_key` names the hold that a capture or void has ended.
    """

    version: int
    transfer_id: int
    key: str
    kind: str
    hold_key: str | None
    counterparty: int
    amount_minor: int
    held_minor: int
    incoming_minor: int
    after: Balance
    reference: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Statement:
    """A page of the statement. Opening and closing belong to the whole period, so they are the same on every page.

    opening + the amounts of all lines of all pages = closing. `next_after`: the cursor of the next page, or None.
    """

    account_id: int
    code: str
    currency: str
    since: datetime
    until: datetime
    opening: Balance
    closing: Balance
    lines: tuple[Line, ...]
    next_after: int | None


# The period as versions: they have no gaps, so everything between first and last adds up.
_PERIOD: Final = """
SELECT a.code, a.currency, ledger.versions_before(a.id, $2) AS opening_version,
       ledger.versions_before(a.id, $3) AS closing_version
FROM ledger.accounts a WHERE a.id = $1
"""
_BALANCES: Final = """
SELECT version, balance_after_minor, held_after_minor, incoming_after_minor
FROM ledger.entries WHERE account_id = $1 AND version IN ($2, $3)
"""
_LINES: Final = """
SELECT e.version, e.transfer_id, t.key, t.kind, h.key AS hold_key,
       CASE e.account_id WHEN t.debit_account THEN t.credit_account ELSE t.debit_account END AS counterparty,
       e.amount_minor, e.held_minor, e.incoming_minor,
       e.balance_after_minor, e.held_after_minor, e.incoming_after_minor, t.reference, e.created_at AS at
FROM ledger.entries e
JOIN ledger.transfers t ON t.id = e.transfer_id
LEFT JOIN ledger.transfers h ON h.id = t.hold_id
WHERE e.account_id = $1 AND e.version > $2 AND e.version <= $3
ORDER BY e.version LIMIT $4
"""


async def statement(
    connection: AsyncConnection,
    account_id: int,
    since: datetime,
    until: datetime,
    *,
    after: int | None = None,
    limit: int = 100,
) -> Statement:
    """The entries of `account_id` with since <= time < until (aware datetimes), oldest first.

    `after` is the `next_after` of the page before; `limit` is 1 to 1,000 lines. Raises LookupError for an unknown
    account, ValueError for naive or reversed times or a limit out of range.
    """
    if since.tzinfo is None or until.tzinfo is None or since > until:
        raise ValueError("a period is two aware times, the earlier one first")
    if not 1 <= limit <= MAX_PAGE_LINES:
        raise ValueError(f"a page has 1 to {MAX_PAGE_LINES} lines")
    period = (await connection.exec_driver_sql(_PERIOD, (account_id, since, until))).one_or_none()
    if period is None:
        raise LookupError(f"no account {account_id}")
    first, last = period.opening_version, period.closing_version
    rows = await connection.exec_driver_sql(_BALANCES, (account_id, first, last))
    balances = {row.version: balance_after(row) for row in rows}
    start = first if after is None else max(first, after)
    # One line more than asked for shows whether there is a next page.
    found = (await connection.exec_driver_sql(_LINES, (account_id, start, last, limit + 1))).all()
    lines = tuple(entry_of(Line, row) for row in found[:limit])
    return Statement(
        account_id=account_id,
        code=period.code,
        currency=period.currency,
        since=since,
        until=until,
        opening=balances.get(first, Balance(0, 0, 0)),
        closing=balances.get(last, Balance(0, 0, 0)),
        lines=lines,
        next_after=lines[-1].version if len(found) > limit else None,
    )
