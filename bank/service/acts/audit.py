"""The bank's audit: the ledger's checks, and the bank's own promises against its books. Read-only."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from bank.service.acts.audit_checks import CHECKS
from ledger import AuditReport, Check, Violation

MAX_DETAILS = 100  # per check; a broken book needs no longer list to be noticed


async def audit(session: AsyncSession) -> AuditReport:
    """Every check of the ledger and of the bank. A check that examined nothing is itself a violation, unless the
    bank has no operations yet.
    """
    # Everything is read, and statistics may be wrong: a table that was analysed while a world was planted looks empty.
    await session.execute(text("SET LOCAL enable_nestloop = off"))
    books = await ledger.audit(await session.connection())
    used = await session.scalar(text("SELECT EXISTS (SELECT FROM operations)"))
    violations = list(books.violations)
    examined = dict(books.examined)
    for check in CHECKS:
        count, details = await _run(session, check)
        examined[check.name] = count
        violations += [Violation(check.name, detail) for detail in details]
        if used and count == 0:
            violations.append(Violation(check.name, "examined nothing"))
    return AuditReport(tuple(violations), examined)


async def _run(session: AsyncSession, check: Check) -> tuple[int, list[str]]:
    # One statement, hence one snapshot: what is committed meanwhile is seen wholly or not at all.
    statement = f"""
        SELECT count(*) AS examined,
               (array_agg(detail) FILTER (WHERE detail IS NOT NULL))[1:{MAX_DETAILS}] AS details
        FROM ({check.sql}) AS rows (detail)
    """  # noqa: S608  # the checks are constants of this package
    row = (await session.execute(text(statement))).one()
    return row.examined, list(row.details or ())
