"""The audit of a ledger: one read-only check per rule. Each check can name every row that breaks its rule.

`docs/invariants.md` lists the rules and their numbers. Checks read the rows themselves and trust no constraint, trigger
or stored sum. `audit` needs only SELECT on the schema.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.audit_checks import CHECKS, Check
from ledger.findings import run_check


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule (`check`, the name of a Check) is broken, or was not checked at all; `detail` names the row."""

    check: str
    detail: str


@dataclass(frozen=True, slots=True)
class AuditReport:
    """The violations found, and how many rows (accounts, transfers, entries, columns, …) each check examined.

    `violations` holds at most 100 per check, with the first of each kind in front; `broken` counts all of them.
    """

    violations: tuple[Violation, ...]
    examined: Mapping[str, int]
    broken: Mapping[str, int]

    @property
    def clean(self) -> bool:
        return not self.violations


async def audit(connection: AsyncConnection) -> AuditReport:
    """Runs all CHECKS. Each is one statement and so reads one snapshot: transfers in progress cannot disturb it.

    A check that examined nothing is a violation, unless no transfer was ever carried out.
    """
    written = await connection.exec_driver_sql("SELECT EXISTS (SELECT FROM ledger.transfers WHERE refusal IS NULL)")
    return await audit_by(CHECKS, connection, used=bool(written.scalar_one()))


async def audit_by(checks: Sequence[Check], connection: AsyncConnection, *, used: bool) -> AuditReport:
    """Runs `checks`. When the books are `used`, a check that examined nothing is a violation."""
    violations: list[Violation] = []
    examined: dict[str, int] = {}
    broken: dict[str, int] = {}
    for check in checks:
        found = await run_check(connection, check)
        blind = ["examined nothing"] if used and not found.examined else []
        examined[check.name], broken[check.name] = found.examined, found.broken + len(blind)
        violations += [Violation(check.name, detail) for detail in (*found.details, *blind)]
    return AuditReport(tuple(violations), examined, broken)
