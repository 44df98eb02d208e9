"""Offers: units are sold once and become available again when a deal is not funded."""

from __future__ import annotations

from typing import Final

from audit.check import Check

# The total number of units: those at creation, plus the seller's later changes.
_UNITS: Final = """
WITH offered AS (
    SELECT offer_id, sum(units) AS quantity FROM offer_changes GROUP BY offer_id
), sold AS (
    SELECT offer_id, count(*) AS units FROM deals WHERE state NOT IN ('expired', 'cancelled') GROUP BY offer_id
)
SELECT CASE
    WHEN o.quantity < 0 THEN format('offer %s has %s units left', o.id, o.quantity)
    WHEN o.quantity + coalesce(s.units, 0) IS DISTINCT FROM f.quantity
        THEN format('offer %s: %s units put up, %s left, %s sold or reserved', o.id, f.quantity, o.quantity, s.units)
END
FROM offers o LEFT JOIN offered f ON f.offer_id = o.id LEFT JOIN sold s ON s.offer_id = o.id
"""

# A deal has the terms of its offer, and the price of the last change before it. Seller and terms of an offer never
# change; an offer that was changed since may be waiting for moderation again.
_TERMS: Final = """
SELECT CASE WHEN (d.seller_id, d.price_minor, d.currency, d.marketplace_id, d.settlement, d.release, d.inspection_s,
                  d.fee_policy)
                 IS DISTINCT FROM (o.seller_id, c.price_minor, c.currency, o.marketplace_id, o.settlement, o.release,
                                   o.inspection_s, o.fee_policy)
        OR o.state <> 'approved' AND NOT EXISTS (
            SELECT FROM offer_changes l WHERE l.offer_id = o.id AND l.changed_at > d.created_at)
        OR d.buyer_id = d.seller_id OR left(d.payee_account, 3)::integer <> d.payee_bank
    THEN format('deal %s is not what offer %s (%s) offered', d.id, o.id, o.state) END
FROM deals d JOIN offers o ON o.id = d.offer_id
LEFT JOIN LATERAL (
    SELECT c.price_minor, c.currency FROM offer_changes c
    WHERE c.offer_id = o.id AND c.changed_at <= d.created_at ORDER BY c.number DESC LIMIT 1
) c ON true
"""

CHECKS: Final = (
    Check(
        "units_are_sold_once",
        14,
        "An offer's units left, sold and reserved add up to what its seller put on sale.",
        "offers",
        _UNITS,
    ),
    Check(
        "deals_are_as_offered",
        14,
        "A deal's seller, price, currency and terms are those that its offer had when the deal began.",
        "deals WHERE offer_id IS NOT NULL",
        _TERMS,
    ),
)
