"""What one check of an audit found, and the order in which violations are listed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.audit_checks import Check

MAX_DETAILS: Final = 100  # per check; the count beside them gives the total
VARYING: Final = "[0-9a-f]*[0-9][0-9a-f-]*"
"""Ids and figures: the parts in which two violations of one kind differ."""

# The first violation of each kind is listed first, so that many of one kind hide none of another.
LISTED: Final = f"""
ARRAY(
    SELECT detail FROM (
        SELECT detail, row_number() OVER (
            PARTITION BY regexp_replace(detail, '{VARYING}', '#', 'g') ORDER BY detail) AS place
        FROM unnest(found) AS each (detail)
    ) AS placed ORDER BY place, detail LIMIT {MAX_DETAILS})
"""  # noqa: S608  # constants of this module
"""SQL for an array of the details to report from `found`."""

_REPORT: Final = f"""
SELECT examined, broken, {LISTED} AS details
FROM (
    SELECT count(*) AS examined, count(detail) AS broken, array_agg(detail) FILTER (WHERE detail IS NOT NULL) AS found
    FROM ({{check}}) AS rows (detail)
) AS counted
"""  # noqa: S608  # the checks are constants


@dataclass(frozen=True, slots=True)
class Findings:
    """How many rows were examined, how many break the rule, and at most 100 of those described."""

    examined: int
    broken: int
    details: tuple[str, ...]


async def run_check(connection: AsyncConnection, check: Check) -> Findings:
    """One statement, so one snapshot: it sees a concurrent commit completely or not at all."""
    row = (await connection.exec_driver_sql(_REPORT.replace("{check}", check.sql))).one()
    return Findings(row.examined, row.broken, tuple(row.details or ()))
