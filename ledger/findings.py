"""What one check of an audit has found, and in which order it is listed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.audit_checks import Check

MAX_DETAILS: Final = 100  # per check; the count beside them says how many there were
VARYING: Final = "[0-9a-f]*[0-9][0-9a-f-]*"
"""Ids and figures: what two violations of one kind differ by."""

# The first of each kind come first: what differs by more than ids and figures is not hidden by many of one kind.
LISTED: Final = f"""
ARRAY(
    SELECT detail FROM (
        SELECT detail, row_number() OVER (
            PARTITION BY regexp_replace(detail, '{VARYING}', '#', 'g') ORDER BY detail) AS place
        FROM unnest(found) AS each (detail)
    ) AS placed ORDER BY place, detail LIMIT {MAX_DETAILS})
"""  # noqa: S608  # constants of this module
"""SQL for the details to be told of `found`, an array of all of them."""

_REPORT: Final = f"""
SELECT examined, broken, {LISTED} AS details
FROM (
    SELECT count(*) AS examined, count(detail) AS broken, array_agg(detail) FILTER (WHERE detail IS NOT NULL) AS found
    FROM ({{check}}) AS rows (detail)
) AS counted
"""  # noqa: S608  # the checks are constants


@dataclass(frozen=True, slots=True)
class Findings:
    """How many rows were examined, how many of them break the rule, and at most 100 of those in words."""

    examined: int
    broken: int
    details: tuple[str, ...]


async def run_check(connection: AsyncConnection, check: Check) -> Findings:
    """One statement, hence one snapshot: what is committed meanwhile is seen wholly or not at all."""
    row = (await connection.exec_driver_sql(_REPORT.replace("{check}", check.sql))).one()
    return Findings(row.examined, row.broken, tuple(row.details or ()))
