"""Deals: the verdict recomputed from the submissions, the price, the commission, and an empty account at the end."""

from __future__ import annotations

from typing import Final

from audit.books import BOOKED, BY_LEDGER, BY_ROWS, NEWEST
from audit.check import Check

# In time by the attempts alone. A payment returned at its payer's request while the deal was open does not count.
_IN_TIME: Final = """
in_time AS (
    SELECT d.id AS deal_id, coalesce(sum(p.amount_minor) FILTER (WHERE NOT (
               p.end_reason IS NOT DISTINCT FROM 'cancelled' AND coalesce(d.closed_reason, 'deadline') = 'deadline')
           ), 0) AS minor
    FROM deals d
    LEFT JOIN payments p ON p.deal_id = d.id AND (p.authorised_at <= d.pay_by OR EXISTS (
        SELECT FROM code_attempts a
        WHERE a.payment_id = p.id AND a.state = 'held' AND a.submitted_at <= d.pay_by))
    GROUP BY d.id
)"""

_VERDICTS: Final = """
SELECT CASE
    -- A deal that was funded may be cancelled afterwards, while the buyer inspects.
    WHEN d.verdict <> CASE WHEN d.closed_reason = 'cancelled' AND d.verdict_at >= d.closed_at THEN 'not_funded'
                           WHEN t.minor >= d.price_minor THEN 'funded' ELSE 'not_funded' END
        THEN format('deal %s (%s) is %s, but %s of %s was submitted in time and held',
                    d.id, d.closed_reason, d.verdict, t.minor, d.price_minor)
    WHEN (d.verdict IS NULL) <> (d.verdict_at IS NULL) THEN format('deal %s: verdict %s at %s', d.id, d.verdict,
                                                                  d.verdict_at)
    WHEN d.verdict IS NOT NULL AND EXISTS (
        SELECT FROM payments p JOIN code_attempts a ON a.payment_id = p.id AND a.state = 'unresolved'
        WHERE p.deal_id = d.id) THEN format('deal %s has a verdict and an unresolved code', d.id)
END
FROM deals d JOIN in_time t ON t.deal_id = d.id
"""

_DECISIONS: Final = """
SELECT CASE
    WHEN p.decision = 'release' AND d.settlement <> 'immediate'
         AND (coalesce(d.released_at::text, d.undisputed_minor::text) IS NULL
              OR d.verdict IS DISTINCT FROM 'funded')
        THEN format('payment %s is released, deal %s is %s', p.id, d.id, d.verdict)
    WHEN p.decision = 'return' AND p.taken AND d.verdict = 'funded' AND p.end_reason IS DISTINCT FROM 'cancelled'
        THEN format('payment %s was held in time and given back, deal %s is funded', p.id, d.id)
    WHEN p.decision IS NULL AND p.taken AND (d.released_at IS NOT NULL OR d.verdict IS NOT NULL
             AND NOT (d.state IN ('funded', 'disputed') AND d.release = 'on_acceptance'))
        THEN format('payment %s is held and undecided, deal %s is %s', p.id, d.id, d.verdict)
    WHEN p.end_reason = 'deadline' AND d.closed_reason IS DISTINCT FROM 'deadline'
        THEN format('payment %s ended at the deadline, deal %s was closed by %s', p.id, d.id, d.closed_reason)
END
FROM payments p JOIN deals d ON d.id = p.deal_id
"""

_STATES_FIT: Final = """
SELECT CASE WHEN CASE d.state
        WHEN 'proposed' THEN num_nonnulls(d.closed_reason, d.closed_at, d.verdict, d.verdict_at) = 0
        WHEN 'denied' THEN d.closed_reason = 'denied' AND d.closed_at IS NOT NULL AND d.verdict IS NULL
        WHEN 'lapsed' THEN d.closed_reason = 'deadline' AND d.closed_at IS NOT NULL AND d.verdict IS NULL
        WHEN 'awaiting_payment' THEN num_nonnulls(d.closed_reason, d.closed_at, d.verdict, d.verdict_at) = 0
        WHEN 'partially_paid' THEN num_nonnulls(d.closed_reason, d.closed_at, d.verdict, d.verdict_at) = 0
        WHEN 'settling' THEN num_nonnulls(d.closed_reason, d.closed_at) = 2
            AND (d.verdict IS DISTINCT FROM 'funded' AND d.closed_reason <> 'dispute'
                 OR d.verdict = 'funded' AND d.closed_reason <> 'deadline' AND d.inspect_by IS NOT NULL)
            AND d.released_at IS NULL
        WHEN 'funded' THEN d.verdict = 'funded' AND (d.inspect_by IS NOT NULL OR d.released_at IS NOT NULL)
        WHEN 'disputed' THEN d.verdict = 'funded' AND d.inspect_by IS NOT NULL
            AND num_nonnulls(d.closed_reason, d.closed_at, d.accepted_at, d.released_at) = 0
        WHEN 'completed' THEN d.verdict = 'funded' AND d.released_at IS NOT NULL AND d.split_minor IS NULL
        WHEN 'split' THEN d.verdict = 'funded' AND num_nonnulls(d.inspect_by, d.released_at, d.split_minor) = 3
        WHEN 'refunded' THEN d.verdict = 'funded' AND d.inspect_by IS NOT NULL
            AND d.closed_reason = 'dispute' AND d.closed_at IS NOT NULL AND d.released_at IS NULL
        WHEN 'expired' THEN d.verdict = 'not_funded' AND d.closed_reason = 'deadline' AND d.closed_at IS NOT NULL
        WHEN 'cancelled' THEN (d.verdict = 'not_funded' OR d.verdict = 'funded' AND d.inspect_by IS NOT NULL
                               OR d.verdict IS NULL AND d.answer_by IS NOT NULL AND d.confirmed_at IS NULL)
            AND d.closed_reason = 'cancelled' AND d.closed_at IS NOT NULL AND d.released_at IS NULL
        ELSE false
    END IS NOT TRUE OR (d.release = 'on_acceptance') < (num_nonnulls(d.inspect_by, d.accepted_at) > 0)
        OR d.accepted_at IS NOT NULL AND d.released_at IS NULL
        -- What was paid to the seller in a dispute is the seller's: the deal never ends for the buyer alone.
        OR d.undisputed_minor IS NOT NULL AND (d.state NOT IN ('funded', 'disputed', 'completed', 'split')
            OR d.undisputed_minor <> (SELECT coalesce(sum(coalesce(p.undisputed_minor, p.amount_minor)), 0)
                FROM payments p WHERE p.deal_id = d.id AND p.before_minor < d.undisputed_minor))
        OR (d.final_at IS NOT NULL) <> (
            d.state IN ('completed', 'split', 'refunded', 'expired', 'cancelled', 'denied', 'lapsed'))
        -- A service deal went on exactly if its seller has confirmed it, in time.
        OR d.answer_by IS NOT NULL AND d.confirmed_at IS NULL
           AND d.state NOT IN ('proposed', 'denied', 'lapsed', 'cancelled')
        OR (d.waits_on IS NOT NULL) <> (d.from_wallet AND d.state IN ('awaiting_payment', 'partially_paid'))
        OR d.waits_on IS NOT NULL AND NOT EXISTS (SELECT FROM wallets w WHERE w.account_id = d.waits_on
            AND w.user_id = d.buyer_id AND w.currency = d.currency)
        OR d.confirmed_at IS NOT NULL
           AND (d.state IN ('proposed', 'denied', 'lapsed') OR d.confirmed_at > d.answer_by)
        OR (d.state = 'disputed') <> EXISTS (
            SELECT FROM disputes i WHERE i.deal_id = d.id AND i.state = 'open')
    THEN format('deal %s is %s: closed by %s at %s, verdict %s at %s, final at %s', d.id, d.state,
                d.closed_reason, d.closed_at, d.verdict, d.verdict_at, d.final_at) END
FROM deals d
"""

_SETTLED: Final = """
SELECT CASE
    WHEN moving.payments IS NOT NULL
        THEN format('deal %s is %s, but payment %s is not', d.id, d.state, moving.payments[1])
    WHEN d.state NOT IN ('completed', 'split') AND EXISTS (
        SELECT FROM refunds r WHERE r.deal_id = d.id AND r.final_at IS NULL)
        THEN format('deal %s is %s, but not all of it was taken back', d.id, d.state)
    WHEN a.balance_minor <> 0 OR a.held_minor <> 0 OR a.incoming_minor <> 0
        THEN format('deal %s is %s and its account still has %s, held %s, incoming %s',
                    d.id, d.state, a.balance_minor, a.held_minor, a.incoming_minor)
END
FROM deals d
LEFT JOIN ledger.accounts a ON a.code = 'deal/' || d.id
LEFT JOIN (
    SELECT p.deal_id, array_agg(p.id) AS payments FROM payments p
    WHERE p.final_at IS NULL AND p.state <> 'payable'
      -- What was owed may be on its way once more, to an account that the seller has named since.
      AND NOT EXISTS (SELECT FROM steps s WHERE s.payment_id = p.id AND s.name IN ('credit', 'rest')
                      AND s.number > 1)
    GROUP BY p.deal_id
) moving ON moving.deal_id = d.id
WHERE d.final_at IS NOT NULL
"""

# The money of one deal from start to end in one row, and what it must add up to.
_ADD_UP: Final = """
WITH sums AS (
    SELECT d.id, d.state, d.verdict, d.price_minor,
           coalesce(sum(r.taken + r.guarantee - r.refunded), 0) AS came_in, coalesce(sum(r.credited), 0) AS went_out,
           coalesce(sum(r.clawed_back), 0) AS clawed_back, coalesce(sum(r.guarantee), 0) AS guarantee,
           EXISTS (SELECT FROM refunds b WHERE b.deal_id = d.id AND b.fee = 'payer') AS fees_stay,
           coalesce(sum(r.fees), 0) AS fees, coalesce(sum(r.commission), 0) AS commission,
           coalesce(sum(r.owed), 0) AS owed, coalesce(sum(r.held + r.undivided), 0) AS held,
           coalesce(sum(coalesce(l.taken, 0) + coalesce(l.guarantee, 0) - coalesce(l.refunded, 0)), 0) AS booked_in,
           coalesce(sum(coalesce(l.credited, 0) + coalesce(l.fees, 0) + coalesce(l.commission, 0)
                        + coalesce(l.owed, 0) + coalesce(l.held, 0) + coalesce(l.undivided, 0)), 0) AS booked_out
    FROM deals d
    LEFT JOIN by_rows r ON r.deal_id = d.id
    LEFT JOIN by_ledger l ON l.payment_id = r.id::text
    GROUP BY d.id
)
SELECT CASE
    WHEN came_in <> went_out + fees + commission + owed + held OR (came_in, came_in) <> (booked_in, booked_out)
        THEN format('deal %s: in %s, out %s, fees %s, commission %s, owed %s, held %s; in the ledger in %s, out %s',
                    id, came_in, went_out, fees, commission, owed, held, booked_in, booked_out)
    WHEN state IN ('completed', 'split')
         AND (held <> 0 OR went_out + commission + owed - guarantee <> price_minor - clawed_back)
        THEN format('deal %s is %s: out %s, commission %s, owed %s, held %s, taken back %s, of it by guarantee '
                    '%s, price %s', id, state, went_out, commission, owed, held, clawed_back, guarantee, price_minor)
    -- What is left is at most the fee that the terms leave to the payer, and what the seller owes the guarantee.
    WHEN state IN ('expired', 'cancelled', 'refunded', 'denied', 'lapsed')
         AND (came_in <> guarantee + fees OR fees <> 0 AND NOT fees_stay)
        THEN format('deal %s is %s and has kept %s, of it fees %s', id, state, came_in, fees)
END FROM sums
"""

_WITHIN_PRICE: Final = """
SELECT CASE WHEN sum(p.amount_minor) > d.price_minor
    THEN format('deal %s: %s is reserved, held or paid of a price of %s', d.id, sum(p.amount_minor), d.price_minor) END
FROM deals d LEFT JOIN payments p ON p.deal_id = d.id
    AND p.state NOT IN ('returning', 'refunded', 'expired', 'cancelled', 'failed')
GROUP BY d.id
"""

# Commission on the price, rounded half up once for all parts: numeric, since 10^15 x 10^4 exceeds a bigint.
_COMMISSION: Final = """
WITH released AS (
    SELECT p.deal_id, sum(n.amount_minor) FILTER (WHERE n.name = 'commission') AS commission,
           sum(n.amount_minor) FILTER (WHERE n.name IN ('credit', 'rest')) AS credits
    FROM payments p JOIN steps n ON n.payment_id = p.id AND n.number = 1
    WHERE p.decision = 'release' GROUP BY p.deal_id
), due AS (
    SELECT d.*, kept.minor AS kept_minor,
           div(d.price_minor::numeric * d.commission_bp * 2 + 10000, 20000) - kept.commission_minor AS commission_minor
    FROM deals d
    CROSS JOIN LATERAL (  -- what a dispute gave back without its ever being credited carries none
        SELECT coalesce(sum(p.kept_minor), 0) AS minor,
               coalesce(sum(
                   div((p.before_minor + p.amount_minor)::numeric * d.commission_bp * 2 + 10000, 20000)
                   - div((p.before_minor + p.amount_minor - p.kept_minor)::numeric * d.commission_bp * 2 + 10000, 20000)
               ), 0) AS commission_minor
        FROM payments p WHERE p.deal_id = d.id AND p.kept_minor > 0
    ) kept
    WHERE d.released_at IS NOT NULL
)
SELECT CASE WHEN coalesce(r.commission, 0) <> d.commission_minor
        OR coalesce(r.credits, 0) <> d.price_minor - d.kept_minor - d.commission_minor
    THEN format('deal %s: commission %s and credits %s of a price of %s at %s basis points',
                d.id, r.commission, r.credits, d.price_minor, d.commission_bp) END
FROM due d LEFT JOIN released r ON r.deal_id = d.id
"""

# Not wrong yet, but nothing moves it: money that waits for no bank, payer or deadline. $1 is now, $2 the grace.
_MOVE_ON: Final = """
SELECT CASE
    WHEN d.final_at IS NOT NULL OR stuck.unresolved THEN NULL
    WHEN d.state = 'proposed' AND market_now(d.id) > d.answer_by
        THEN format('deal %s is %s, its time to answer was over at %s', d.id, d.state, d.answer_by)
    WHEN news.since IS NOT NULL
        THEN format('deal %s is %s, its wallet has had news since %s', d.id, d.state, news.since)
    WHEN d.verdict IS NULL AND d.closed_at IS NULL AND market_now(d.id) > d.pay_by
        THEN format('deal %s is %s, its time to pay was over at %s', d.id, d.state, d.pay_by)
    WHEN d.verdict IS NULL AND t.minor >= d.price_minor
        THEN format('deal %s is %s, its whole price of %s is held', d.id, d.state, d.price_minor)
    WHEN d.verdict IS NULL AND d.closed_at IS NOT NULL
        THEN format('deal %s was closed at %s, every bank has answered, and it has no verdict', d.id, d.closed_at)
    WHEN d.state = 'funded' AND d.released_at IS NULL AND market_now(d.id) > d.inspect_by
        THEN format('deal %s: its time to inspect was over at %s, and the seller is not paid', d.id, d.inspect_by)
    -- What a bank refuses of an undisputed part does not move its dispute.
    WHEN d.verdict IS NOT NULL AND stuck.settled AND (d.undisputed_minor IS NULL OR d.released_at IS NOT NULL)
        THEN format('deal %s is %s with all its payments settled', d.id, d.state)
END, greatest(stuck.last_at, d.created_at, news.since,
              CASE WHEN d.closed_at IS NULL AND d.verdict IS NULL AND market_now(d.id) > d.pay_by
                   THEN $1::timestamptz - (market_now(d.id) - d.pay_by) END,
              CASE WHEN d.state = 'proposed' AND market_now(d.id) > d.answer_by
                   THEN $1::timestamptz - (market_now(d.id) - d.answer_by) END,
              CASE WHEN d.released_at IS NULL AND market_now(d.id) > d.inspect_by
                   THEN $1::timestamptz - (market_now(d.id) - d.inspect_by) END)
FROM deals d JOIN in_time t ON t.deal_id = d.id
CROSS JOIN LATERAL (
    SELECT coalesce(bool_or(EXISTS (
               SELECT FROM code_attempts a WHERE a.payment_id = p.id AND a.state = 'unresolved')), false) AS unresolved,
           coalesce(bool_and(p.final_at IS NOT NULL OR p.state = 'payable'), true)
             AND NOT EXISTS (SELECT FROM refunds r WHERE r.deal_id = d.id AND r.final_at IS NULL) AS settled,
           (SELECT max(e.created_at) FROM events e WHERE e.deal_id = d.id) AS last_at
    FROM payments p WHERE p.deal_id = d.id
) stuck
LEFT JOIN LATERAL (
    SELECT min(n.since) AS since FROM wallet_news n WHERE n.account_id = d.waits_on AND n.done_at IS NULL
) news ON true
"""

CHECKS: Final = (
    Check(
        "verdicts_follow_submissions",
        14,
        "A verdict follows from the codes submitted in time and the banks' answers to them.",
        "deals",
        _VERDICTS,
        given=(_IN_TIME,),
    ),
    Check(
        "decisions_follow_verdicts",
        14,
        "A payment is released when its deal's terms say so, and returned when the deal is not funded.",
        "payments",
        _DECISIONS,
    ),
    Check("deal_states_fit", 14, "A deal's closing and verdict match its state.", "deals", _STATES_FIT),
    Check(
        "final_deals_are_settled",
        15,
        "A final deal has only final or payable payments, and nothing on its account.",
        "deals WHERE final_at IS NOT NULL",
        _SETTLED,
    ),
    Check(
        "deals_add_up",
        20,
        "Per deal: in + guarantee = out + fees + commission + payable + on hold; at the end nothing is on hold.",
        "deals",
        _ADD_UP,
        given=(NEWEST, BY_ROWS, BOOKED, BY_LEDGER),
    ),
    Check(
        "deals_within_price",
        20,
        "Reserved, held and paid amounts of a deal never exceed its price.",
        "deals",
        _WITHIN_PRICE,
    ),
    Check(
        "commission_is_on_the_price",
        20,
        "The payments of a released deal carry the commission on its price; the seller gets the rest.",
        "deals WHERE released_at IS NOT NULL",
        _COMMISSION,
    ),
    Check(
        "deals_move_on",
        14,
        "Every deal that makes no progress waits for a bank, a payer or the clock.",
        "deals",
        _MOVE_ON,
        given=(_IN_TIME,),
        graced=True,
    ),
)
