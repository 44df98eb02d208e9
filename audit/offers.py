"""Offers: units are sold once and come back when a deal is not funded."""

from __future__ import annotations

from typing import Final

from audit.check import Check

# How many units there were at first is known from the answer that acknowledged the offer.
_UNITS: Final = """
WITH offered AS (
    SELECT body ->> 'id' AS offer_id, max((body ->> 'quantity')::integer) AS quantity FROM idempotency_answers
    WHERE status = 201 AND body ? 'pay_within_s' GROUP BY 1
), sold AS (
    SELECT offer_id, count(*) AS units FROM deals WHERE state NOT IN ('expired', 'cancelled') GROUP BY offer_id
)
SELECT CASE
    WHEN o.quantity < 0 THEN format('offer %s has %s units left', o.id, o.quantity)
    WHEN o.quantity + coalesce(s.units, 0) <> f.quantity
        THEN format('offer %s: %s units at first, %s left, %s sold or reserved', o.id, f.quantity, o.quantity, s.units)
END
FROM offers o LEFT JOIN offered f ON f.offer_id = o.id::text LEFT JOIN sold s ON s.offer_id = o.id
"""

# The terms of a deal are those of its offer; the price and the seller of an offer never change.
_TERMS: Final = """
SELECT CASE WHEN (d.seller_id, d.price_minor, d.currency, d.marketplace_id, d.settlement, d.release, d.inspection_s,
                  d.fee_policy)
                 IS DISTINCT FROM (o.seller_id, o.price_minor, o.currency, o.marketplace_id, o.settlement, o.release,
                                   o.inspection_s, o.fee_policy)
        OR o.state <> 'approved' OR d.buyer_id = d.seller_id OR left(d.payee_account, 3)::integer <> d.payee_bank
    THEN format('deal %s is not what offer %s (%s) offers', d.id, o.id, o.state) END
FROM deals d JOIN offers o ON o.id = d.offer_id
"""

CHECKS: Final = (
    Check(
        "units_are_sold_once",
        14,
        "An offer's units left, sold and reserved are those that it had at first.",
        "offers",
        _UNITS,
    ),
    Check(
        "deals_are_as_offered",
        14,
        "A deal's seller, price, currency and terms are those of its offer.",
        "deals",
        _TERMS,
    ),
)
