"""Runs the checks of the market database, its own and the ledger's, in one read-only snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

import ledger
from audit import (
    answers,
    books,
    chain_reading,
    codes,
    contracts,
    deals,
    disputes,
    events,
    feed,
    offers,
    outgoing,
    payments,
    refunds,
    steps,
    suspense,
    top_ups,
    wallets,
    webhooks,
)
from audit.check import Check
from audit.report import Result, Store, Violation
from ledger.findings import LISTED

CHECKS: Final[tuple[Check, ...]] = (
    *answers.CHECKS,
    *payments.CHECKS,
    *books.CHECKS,
    *deals.CHECKS,
    *contracts.CHECKS,
    *disputes.CHECKS,
    *refunds.CHECKS,
    *steps.CHECKS,
    *codes.CHECKS,
    *events.CHECKS,
    *feed.CHECKS,
    *webhooks.CHECKS,
    *offers.CHECKS,
    *wallets.CHECKS,
    *suspense.CHECKS,
    *top_ups.CHECKS,
    *outgoing.CHECKS,
    *chain_reading.CHECKS,
)

# $1 is the database's time, $2 the grace period.
_REPORT: Final = """
{given}
SELECT examined, broken, {listed} AS details, examined = 0 AND EXISTS (SELECT FROM {about}) AS blind
FROM (
    SELECT count(*) AS examined, count(*) FILTER (WHERE alarm) AS broken,
           array_agg(detail) FILTER (WHERE alarm) AS found
    FROM (
        SELECT detail, detail IS NOT NULL AND (since IS NULL OR since <= $1::timestamptz - $2::interval) AS alarm
        FROM ({rows}) AS rows (detail, since)
    ) AS judged
) AS counted
"""
_UNGRACED: Final = "SELECT detail, NULL::timestamptz FROM ({sql}) AS rows (detail)"

_LEDGER_SENTENCES: Final = {
    1: "The entries of a transfer sum to 0, and there are exactly two.",
    2: "All balances of a currency sum to 0.",
    3: "An account's balance is the sum of its entries.",
    4: "The entries of an account form a chain without a gap.",
    5: "A guarded account never goes below its floor, holds counted.",
    6: "Amounts are whole numbers within bounds, between two accounts of one currency.",
    7: "No program's database role can change or delete entries and transfers.",
    8: "A business key names at most one transfer.",
    13: "A hold ends once, within its amount, and then holds nothing.",
}
LEDGER_INVARIANTS: Final = {check.name: check.invariant for check in ledger.CHECKS}


def ledger_sentence(name: str) -> str:
    """What a check of the ledger kernel proves, in one sentence; the same for the market's ledger and the bank's."""
    return _LEDGER_SENTENCES.get(LEDGER_INVARIANTS.get(name, 0), "A check that this audit has no words for.")


async def begin(connection: AsyncConnection) -> datetime:
    """Starts the snapshot that all checks share and returns its database time.

    `connection` must be fresh, read only, and of isolation level REPEATABLE READ.
    """
    now = (await connection.exec_driver_sql("SELECT clock_timestamp()")).scalar_one()
    assert isinstance(now, datetime)
    return now


async def examine(connection: AsyncConnection, now: datetime, grace: timedelta) -> list[Result]:
    """Every check of the market database and of its ledger."""
    results = [await run(connection, check, now, grace) for check in CHECKS]
    return [*results, *await _ledger(connection)]


async def run(connection: AsyncConnection, check: Check, now: datetime, grace: timedelta) -> Result:
    """One check, in one statement. Examining nothing when there is something to examine is a violation."""
    rows = check.sql if check.graced else _UNGRACED.replace("{sql}", check.sql)
    given = f"WITH {','.join(check.given)}" if check.given else ""
    statement = _REPORT.replace("{listed}", LISTED).replace("{about}", check.about)
    statement = statement.replace("{rows}", rows).replace("{given}", given)
    row = (await connection.exec_driver_sql(statement, (now, grace))).one()
    violations = [Violation(check.name, detail) for detail in row.details or ()]
    if row.blind:
        violations.append(Violation(check.name, f"examined nothing, though there are {check.about}"))
    found = (row.examined, tuple(violations), row.broken + row.blind, check.rare)
    return Result(Store.MARKET, check.name, check.invariant, check.sentence, *found)


async def _ledger(connection: AsyncConnection) -> list[Result]:
    return list(_by_check(await ledger.audit(connection)))


def _by_check(report: ledger.AuditReport) -> Iterator[Result]:
    for name, examined in report.examined.items():
        violations = tuple(Violation(name, found.detail) for found in report.violations if found.check == name)
        counted = (examined, violations, report.broken[name])
        yield Result(Store.LEDGER, name, LEDGER_INVARIANTS[name], ledger_sentence(name), *counted)
