"""The audit of a ledger: one read-only check per rule, each able to name every row that breaks it.

The rules are the invariants of docs (numbers below). Every check reads rows itself: none trusts a constraint, a trigger
or a stored sum. `audit` needs no rights but SELECT on the schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.audit_checks import CHECKS, Check

MAX_DETAILS: Final = 100  # per check; the count in the last line says how many there were

_REPORT: Final = """
SELECT count(*) AS examined, count(detail) AS broken,
       (array_agg(detail) FILTER (WHERE detail IS NOT NULL))[1:$1] AS details
FROM ({check}) AS rows (detail)
"""


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule (`check`, the name of a Check) is broken, or was not checked at all; `detail` names the row."""

    check: str
    detail: str


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What was found, and for each check how many rows (accounts, transfers, entries, columns, …) it examined."""

    violations: tuple[Violation, ...]
    examined: Mapping[str, int]

    @property
    def clean(self) -> bool:
        return not self.violations


async def audit(connection: AsyncConnection) -> AuditReport:
    """Runs all CHECKS. Each is one statement, hence one snapshot: transfers under way cannot disturb it.

    A check that examined nothing is a violation, unless no transfer was ever carried out.
    """
    written = await connection.exec_driver_sql("SELECT EXISTS (SELECT FROM ledger.transfers WHERE refusal IS NULL)")
    empty = not written.scalar_one()
    violations: list[Violation] = []
    examined: dict[str, int] = {}
    for check in CHECKS:
        count, found = await _run(connection, check)
        examined[check.name] = count
        violations += (Violation(check.name, detail) for detail in found)
        if count == 0 and not empty:
            violations.append(Violation(check.name, "examined nothing"))
    return AuditReport(tuple(violations), examined)


async def _run(connection: AsyncConnection, check: Check) -> tuple[int, list[str]]:
    result = await connection.exec_driver_sql(_REPORT.replace("{check}", check.sql), (MAX_DETAILS,))
    row = result.one()
    found: list[str] = list(row.details or ())
    if row.broken > len(found):
        found.append(f"… {row.broken} rows in all")
    return row.examined, found
