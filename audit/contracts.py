"""Contracts: milestones are numbered, have what they share, and are answered together."""

from __future__ import annotations

from typing import Final

from audit.check import Check

_WHOLE: Final = """
SELECT CASE
    WHEN d.id IS NULL THEN format('contract %s has no milestone', c.id)
    WHEN d.contract_id IS NULL THEN NULL
    WHEN (c.deals, c.first, c.last, c.numbers) IS DISTINCT FROM (c.milestones::bigint, 1, c.milestones, c.deals)
        THEN format('contract %s of %s milestones has %s, numbered from %s to %s',
                    d.contract_id, c.milestones, c.deals, c.first, c.last)
    WHEN (d.marketplace_id, d.buyer_id, d.seller_id, d.currency, d.answer_by)
         IS DISTINCT FROM (c.marketplace_id, c.buyer_id, c.seller_id, c.currency, c.answer_by)
        THEN format('milestone %s of contract %s is not between its parties, in its currency, until its time',
                    d.milestone, d.contract_id)
    -- A single one may be cancelled from outside before the answer.
    WHEN c.confirmed AND d.confirmed_at IS NULL AND d.state <> 'cancelled'
         OR c.denied AND d.state NOT IN ('denied', 'cancelled')
        THEN format('milestone %s of contract %s is %s: the others were answered', d.milestone, d.contract_id, d.state)
END
FROM deals d FULL JOIN (
    SELECT o.*, count(m.id) AS deals, count(DISTINCT m.milestone) AS numbers, min(m.milestone) AS first,
           max(m.milestone) AS last, bool_or(m.confirmed_at IS NOT NULL) AS confirmed,
           bool_or(m.state = 'denied') AS denied
    FROM contracts o LEFT JOIN deals m ON m.contract_id = o.id GROUP BY o.id
) c ON c.id = d.contract_id
"""

CHECKS: Final = (
    Check(
        "contracts_are_whole",
        14,
        "Milestones of a contract are numbered without a gap, share parties and currency, and are answered together.",
        "deals",
        _WHOLE,
    ),
)
