"""Refunds and agreements: refunds add up, the commission kept is exact, and agreements took effect."""

from __future__ import annotations

from typing import Final

from audit.check import Check

# The newest number of each step of a refund; earlier ones were finally refused.
_CLAWBACK: Final = """
clawbacks AS (
    SELECT DISTINCT ON (refund_id, position) * FROM steps WHERE refund_id IS NOT NULL
    ORDER BY refund_id, position, number DESC
)"""

_ADD_UP: Final = """
SELECT CASE
    WHEN r.amount_minor IS DISTINCT FROM s.minor
        THEN format('refund %s of %s: its steps take back %s', r.id, r.amount_minor, s.minor)
    WHEN (r.state = 'refunded') IS DISTINCT FROM s.done
        THEN format('refund %s is %s, all its steps done: %s', r.id, r.state, s.done)
    WHEN s.strangers THEN format('refund %s takes back from another deal than %s', r.id, r.deal_id)
    WHEN r.fee IS DISTINCT FROM d.fee_policy ->> r.cause OR s.fee_minor > 0 AND r.fee = 'payer'
        THEN format('refund %s (%s): the fee is %s, %s of it went back, the terms say %s', r.id, r.cause, r.fee,
                    s.fee_minor, d.fee_policy ->> r.cause)
    WHEN r.number <> r.place OR r.so_far > d.price_minor
        THEN format('refund %s is number %s, the %s. of deal %s; %s of a price of %s', r.id, r.number, r.place, d.id,
                    r.so_far, d.price_minor)
    WHEN d.released_at IS NULL AND (r.requested_by <> 'deal' OR d.settlement <> 'immediate')
        THEN format('refund %s: deal %s has released nothing', r.id, d.id)
END
FROM (
    SELECT *, row_number() OVER (PARTITION BY deal_id ORDER BY number) AS place,
           sum(amount_minor) OVER (PARTITION BY deal_id ORDER BY number) AS so_far
    FROM refunds
) r
JOIN deals d ON d.id = r.deal_id
LEFT JOIN LATERAL (
    SELECT sum(t.amount_minor) AS minor, bool_and(t.state = 'done') AS done, sum(t.fee_minor) AS fee_minor,
           bool_or(p.deal_id <> r.deal_id) AS strangers
    FROM clawbacks t JOIN payments p ON p.id = t.payment_id WHERE t.refund_id = r.id
) s ON true
"""

# Rounded half up once, on the amount released and on the amount kept, like the commission itself.
_COMMISSION_KEPT: Final = """
SELECT CASE WHEN k.commission <> div(k.kept::numeric * d.commission_bp * 2 + 10000, 20000)
    THEN format('deal %s: %s of the commission stays, with %s kept of what was released at %s basis points',
                d.id, k.commission, k.kept, d.commission_bp) END
FROM deals d
CROSS JOIN LATERAL (
    SELECT (SELECT sum(p.amount_minor) FROM payments p WHERE p.deal_id = d.id AND p.decision = 'release')
             - (SELECT sum(r.amount_minor) FROM refunds r WHERE r.deal_id = d.id) AS kept,
           (SELECT coalesce(sum(s.amount_minor), 0) FROM steps s JOIN payments p ON p.id = s.payment_id
            WHERE p.deal_id = d.id AND s.name = 'commission' AND s.number = 1)
             - (SELECT coalesce(sum(t.commission_minor), 0) FROM clawbacks t JOIN payments p ON p.id = t.payment_id
                WHERE p.deal_id = d.id) AS commission
) k
WHERE EXISTS (SELECT FROM refunds r WHERE r.deal_id = d.id)
"""

# Agreeing takes the deal's lock, so the agreement is in effect from that transaction on.
_TOOK_EFFECT: Final = """
SELECT CASE
    WHEN a.state = 'agreed' AND a.subject = 'cancellation' AND d.closed_reason IS DISTINCT FROM 'cancelled'
        THEN format('deal %s was to be cancelled by agreement %s, and is %s', d.id, a.id, d.state)
    WHEN a.state = 'agreed' AND a.subject = 'extension' AND a.pay_by > d.pay_by
        THEN format('deal %s is to be paid by %s, agreed was %s', d.id, d.pay_by, a.pay_by)
    WHEN a.state NOT IN ('proposed', 'agreed', 'withdrawn', 'replaced', 'decided')
        OR (a.state = 'proposed') <> (a.resolved_at IS NULL) OR (a.subject = 'extension') <> (a.pay_by IS NOT NULL)
        THEN format('agreement %s (%s) is %s, resolved at %s', a.id, a.subject, a.state, a.resolved_at)
END
FROM agreements a JOIN deals d ON d.id = a.deal_id
"""

_COMPARED: Final = """
SELECT CASE WHEN r.final_at IS NOT NULL AND d.final_at IS NOT NULL AND r.compared_at IS NULL AND NOT EXISTS (
           SELECT FROM refunds o WHERE o.deal_id = r.deal_id AND o.final_at IS NULL)
    THEN format('refund %s has ended, and the closing statement of deal %s does not balance since', r.id, d.id)
    WHEN r.compared_at < r.final_at THEN format('refund %s was compared before it ended', r.id)
END, coalesce((SELECT max(o.final_at) FROM refunds o WHERE o.deal_id = r.deal_id), r.created_at)
FROM refunds r JOIN deals d ON d.id = r.deal_id
"""

CHECKS: Final = (
    Check(
        "refunds_add_up",
        12,
        "A refund's steps claw back its amount from its deal's payments, within the price and by the terms.",
        "refunds",
        _ADD_UP,
        given=(_CLAWBACK,),
    ),
    Check(
        "commission_kept_is_exact",
        20,
        "After refunds, the commission kept is the commission on what is kept of the price.",
        "refunds",
        _COMMISSION_KEPT,
        given=(_CLAWBACK,),
    ),
    Check(
        "refunds_were_compared",
        15,
        "After a refund of an ended deal, its closing statement is compared with the banks and balances.",
        "refunds",
        _COMPARED,
        graced=True,
    ),
    Check(
        "agreements_took_effect",
        14,
        "What both parties agreed on has taken effect.",
        "agreements",
        _TOOK_EFFECT,
    ),
)
