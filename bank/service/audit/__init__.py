"""The bank's audit: the ledger's checks, and the bank's own rules against its books. Read-only."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from bank.service.audit.checks import CHECKS
from ledger import AuditReport


async def audit(session: AsyncSession) -> AuditReport:
    """Every check of the ledger and of the bank. A check that examined nothing is itself a violation, unless the bank
    has no operations yet.
    """
    # All rows are read. Statistics may be wrong: a table analysed while a world was being created looks empty.
    await session.execute(text("SET LOCAL enable_nestloop = off"))
    connection = await session.connection()
    books = await ledger.audit(connection)
    used = await session.scalar(text("SELECT EXISTS (SELECT FROM operations)"))
    own = await ledger.audit_by(CHECKS, connection, used=bool(used))
    return AuditReport(
        books.violations + own.violations, {**books.examined, **own.examined}, {**books.broken, **own.broken}
    )
