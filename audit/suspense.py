"""Money in suspense: the books match what is unmatched, and nothing leaves without two operators."""

from __future__ import annotations

from typing import Final

from audit.books import BOOKED
from audit.check import Check
from audit.wallets import BALANCES, FOLLOWED

# Differences of forced results are in suspense too, and belong to payments.
_SUSPENSE: Final = """
SELECT CASE WHEN coalesce(l.minor, 0) <> coalesce(r.minor, 0)
    THEN format('suspense/%s has %s of incoming transfers, the rows say %s', currency, coalesce(l.minor, 0),
                coalesce(r.minor, 0)) END
FROM (
    SELECT currency, sum(CASE WHEN credit LIKE 'suspense/%' THEN amount_minor ELSE -amount_minor END) AS minor
    FROM booked WHERE payment_id IS NULL AND (credit LIKE 'suspense/%' OR debit LIKE 'suspense/%') GROUP BY 1
) l FULL JOIN (
    SELECT currency, sum(amount_minor) FILTER (WHERE state = 'unmatched') AS minor FROM incoming_transfers GROUP BY 1
) r USING (currency)
"""

_RESOLUTIONS: Final = """
expected AS (
    SELECT 'resolution/' || r.id AS key, 'post' AS kind, i.amount_minor, i.currency,
           'suspense/' || i.currency AS debit,
           CASE r.way WHEN 'assign' THEN p.code ELSE format('outside/deposit/%s/%s', i.source, i.currency) END AS credit
    FROM resolutions r JOIN incoming_transfers i ON i.id = r.incoming_id LEFT JOIN balances p ON p.id = r.wallet_id
    WHERE r.state IN ('assigned', 'returned')
)"""

_RESOLVED: Final = """
SELECT CASE
    WHEN i.state IN ('assigned', 'returned') AND r.states IS DISTINCT FROM i.state
        OR i.state NOT IN ('assigned', 'returned') AND r.states IS NOT NULL
        THEN format('incoming transfer %s is %s, its resolutions say %s', i.id, i.state, r.states)
    WHEN i.state = 'assigned' AND (i.wallet_id, i.top_up_id) IS DISTINCT FROM (r.wallet_id, r.top_up_id)
        THEN format('incoming transfer %s is in wallet %s, and was assigned to %s', i.id, i.wallet_id, r.wallet_id)
    WHEN coalesce(r.dismissed, 0) NOT BETWEEN (i.state = 'dismissed')::int AND (i.state <> 'held_back')::int
        THEN format('incoming transfer %s is %s, and its resolutions do not say so', i.id, i.state) END
FROM incoming_transfers i LEFT JOIN (
    SELECT incoming_id, string_agg(state, ', ') FILTER (WHERE state <> 'dismissed') AS states,
           count(*) FILTER (WHERE state = 'dismissed') AS dismissed, min(wallet_id::text)::uuid AS wallet_id,
           min(top_up_id::text)::uuid AS top_up_id
    FROM resolutions WHERE state IN ('assigned', 'returned', 'dismissed') GROUP BY 1
) r ON r.incoming_id = i.id
"""

_TWO_PEOPLE: Final = """
SELECT CASE WHEN r.state <> 'requested' AND (r.state = 'withdrawn') <> (r.decided_by = r.requested_by)
    THEN format('resolution %s of %s was %s by %s', r.id, r.requested_by, r.state, r.decided_by) END
FROM resolutions r
"""

CHECKS: Final = (
    Check(
        "suspense_is_what_is_unmatched",
        20,
        "What is in suspense, beside differences of forced results, is the sum of the unmatched incoming transfers.",
        "incoming_transfers",
        _SUSPENSE,
        given=(BOOKED,),
        rare=True,
    ),
    Check(
        "resolutions_follow_rows",
        11,
        "An assigned or returned resolution has exactly one transfer out of suspense, and any other has none.",
        "resolutions",
        FOLLOWED.replace("{noun}", "resolution"),
        given=(BOOKED, BALANCES, _RESOLUTIONS),
        rare=True,
    ),
    Check(
        "incoming_transfers_are_resolved_once",
        14,
        "An incoming transfer that is assigned, returned or dismissed has a resolution that says so, and one only.",
        "incoming_transfers",
        _RESOLVED,
        rare=True,
    ),
    Check(
        "resolutions_need_two_people",
        14,
        "A resolution is approved or rejected by another operator than the one who asked for it.",
        "resolutions",
        _TWO_PEOPLE,
        rare=True,
    ),
)
