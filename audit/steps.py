"""Steps and bank operations: planned as decided, in order, under keys derived from them."""

from __future__ import annotations

from typing import Final

from audit.books import NEWEST
from audit.check import Check

_FOLLOW_DECISIONS: Final = """
WITH plans AS (
    SELECT payment_id,
           count(*) FILTER (WHERE name = 'capture') AS captures, count(*) FILTER (WHERE name = 'void') AS voids,
           count(*) FILTER (WHERE name NOT IN ('capture', 'void', 'credit', 'rest', 'commission')) AS unknown,
           sum(amount_minor) FILTER (WHERE name IN ('capture', 'void')) AS whole_minor,
           (SELECT sum(f.amount_minor) FROM steps f WHERE f.payment_id = newest.payment_id AND f.number = 1
            AND f.name IN ('credit', 'rest', 'commission')) AS divided_minor,
           bool_or(name IN ('credit', 'rest', 'commission') AND state <> 'planned') AS divided,
           bool_or(name = 'rest') AS in_two,
           bool_and(state = 'done') FILTER (WHERE name = 'capture') AS captured
    FROM newest GROUP BY payment_id
)
SELECT CASE WHEN CASE
        WHEN p.decision IS NULL THEN n.payment_id IS NULL
        WHEN n.unknown > 0 THEN false
        -- While a dispute goes on about the rest, only the undisputed part is divided, less the commission on it. What
        -- is kept for the payer is never divided.
        WHEN p.decision = 'release' THEN n.captures = 1 AND n.voids = 0
            AND coalesce(n.divided_minor, 0) = CASE
                WHEN p.undisputed_minor IS NULL OR d.released_at IS NOT NULL
                    THEN p.amount_minor - coalesce(p.kept_minor, 0)
                ELSE p.undisputed_minor
                    - div((p.before_minor + p.undisputed_minor)::numeric * d.commission_bp * 2 + 10000, 20000)
                    + div(p.before_minor::numeric * d.commission_bp * 2 + 10000, 20000) END
            AND n.in_two <= (p.undisputed_minor IS NOT NULL)
            AND n.whole_minor = p.amount_minor + p.fee_minor AND (n.captured OR NOT n.divided)
        WHEN p.decision = 'return' THEN n.captures = 0 AND n.voids = 1 AND n.divided_minor IS NULL
            AND n.whole_minor = p.amount_minor + p.fee_minor
        ELSE false
    END IS NOT TRUE
    THEN format('payment %s of %s + %s, decision %s: %s captures and %s voids of %s, credits and commission of %s',
                p.id, p.amount_minor, p.fee_minor, p.decision, n.captures, n.voids, n.whole_minor, n.divided_minor) END
FROM payments p JOIN deals d ON d.id = p.deal_id LEFT JOIN plans n ON n.payment_id = p.id
"""

# A new number only after a final refusal.
_NUMBERED: Final = """
SELECT CASE WHEN min(s.number) <> 1 OR max(s.number) <> count(*)
        OR bool_or(s.state <> 'refused' AND s.number < s.newest) OR count(DISTINCT s.whole_minor) > 1
    THEN format('payment %s: %s %s', s.payment_id, s.name,
                array_agg(s.number || ' ' || s.state || ' ' || s.amount_minor ORDER BY s.number)) END
FROM (
    -- What of an owed credit went back to the payer meanwhile is not credited any more.
    SELECT s.*, max(number) OVER (PARTITION BY payment_id, name) AS newest,
           amount_minor + coalesce((SELECT sum(b.from_owed_minor) FROM steps b WHERE b.payment_id = s.payment_id
               AND b.created_at < s.created_at
               AND b.taken = s.name), 0) AS whole_minor
    FROM steps s WHERE refund_id IS NULL
) s
GROUP BY s.payment_id, s.name
UNION ALL
SELECT CASE WHEN min(s.number) <> 1 OR max(s.number) <> count(*)
    THEN format('payment %s: %s numbered %s', s.payment_id, s.name, array_agg(s.number ORDER BY s.number)) END
FROM steps s WHERE refund_id IS NOT NULL GROUP BY s.payment_id, s.name
UNION ALL
SELECT CASE WHEN bool_or(s.state <> 'refused' AND s.number < s.newest) OR count(DISTINCT s.amount_minor) > 1
        OR count(DISTINCT (s.payment_id, s.name)) > 1
    THEN format('refund %s, step %s: %s', s.refund_id, s.position,
                array_agg(s.number || ' ' || s.state || ' ' || s.amount_minor ORDER BY s.number)) END
FROM (SELECT *, max(number) OVER (PARTITION BY refund_id, position) AS newest FROM steps
      WHERE refund_id IS NOT NULL) s
GROUP BY s.refund_id, s.position
"""

_KEYED: Final = """
SELECT CASE
    WHEN s.key <> format('payment/%s/%s/%s', s.payment_id, s.name, s.number)
        THEN format('step %s of payment %s has the key %s', s.name, s.payment_id, s.key)
    WHEN s.name IN ('credit', 'rest', 'commission') AND s.account IS NULL
        THEN format('step %s has no account to pay to', s.key)
    WHEN (s.state = 'planned') <> (s.resolved_at IS NULL) OR (s.state = 'refused') <> (s.refused_code IS NOT NULL)
        THEN format('step %s is %s: resolved at %s, refused with %s', s.key, s.state, s.resolved_at, s.refused_code)
    WHEN s.name IN ('capture', 'void') AND s.state = 'done' AND s.operation IS DISTINCT FROM p.operation
        THEN format('step %s was answered with operation %s, not %s', s.key, s.operation, p.operation)
    WHEN s.name NOT IN ('capture', 'void') AND (s.state = 'done') <> (s.operation IS NOT NULL)
        THEN format('step %s is %s with operation %s', s.key, s.state, s.operation)
END
FROM steps s JOIN payments p ON p.id = s.payment_id
"""

_OPERATIONS_ONCE: Final = """
SELECT CASE WHEN count(*) > 1 THEN format('operation %s is that of %s', o.operation, array_agg(o.used_by)) END
FROM (
    SELECT operation, 'payment ' || id AS used_by FROM payments
    UNION ALL
    SELECT operation, 'step ' || key FROM steps WHERE name NOT IN ('capture', 'void')
) o
WHERE o.operation IS NOT NULL GROUP BY o.operation
"""

CHECKS: Final = (
    Check(
        "steps_follow_decisions",
        14,
        "A released payment has one capture, then its amount is divided; a returned one has one void.",
        "payments",
        _FOLLOW_DECISIONS,
        given=(NEWEST,),
    ),
    Check(
        "steps_are_numbered",
        14,
        "A step gets a new number only after a final refusal, and keeps its amount.",
        "steps",
        _NUMBERED,
    ),
    Check(
        "steps_are_keyed",
        17,
        "A step's key follows from its payment, name and number, and its operation from the bank's answer.",
        "steps",
        _KEYED,
    ),
    Check(
        "operations_are_used_once",
        17,
        "A bank operation belongs to one payment or to one step.",
        "payments WHERE operation IS NOT NULL",
        _OPERATIONS_ONCE,
    ),
)
