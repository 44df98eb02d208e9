"""Payments: where their money is, which transitions are possible, and that refunds never exceed what was taken."""

from __future__ import annotations

from typing import Final

from audit.books import BOOKED, BY_LEDGER, BY_ROWS, NEWEST
from audit.check import Check

_ADD_UP: Final = """
SELECT CASE WHEN r.taken + r.guarantee
                 <> r.credited + r.owed + r.commission + r.fees + r.refunded + r.held + r.undivided
    THEN format('payment %s: taken %s, paid by guarantee %s, but credited %s, owed %s, commission %s, fees %s, '
                'refunded %s, on hold %s', r.id, r.taken, r.guarantee, r.credited, r.owed, r.commission, r.fees,
                r.refunded, r.held + r.undivided) END
FROM by_rows r
"""

_LEDGER_AGREES: Final = """
SELECT CASE WHEN (r.taken, r.credited, r.owed, r.commission, r.fees, r.refunded, r.guarantee, r.held, r.undivided)
         IS DISTINCT FROM
         (coalesce(l.taken, 0), coalesce(l.credited, 0), coalesce(l.owed, 0), coalesce(l.commission, 0),
          coalesce(l.fees, 0), coalesce(l.refunded, 0), coalesce(l.guarantee, 0), coalesce(l.held, 0),
          coalesce(l.undivided, 0))
    THEN format('payment %s: taken, credited, owed, commission, fees, refunded, guarantee, held, undivided are '
                '%s %s %s %s %s %s %s %s %s by its rows and %s %s %s %s %s %s %s %s %s in the ledger',
                r.id, r.taken, r.credited, r.owed, r.commission, r.fees, r.refunded, r.guarantee, r.held, r.undivided,
                l.taken, l.credited, l.owed, l.commission, l.fees, l.refunded, l.guarantee, l.held, l.undivided) END
FROM by_rows r LEFT JOIN by_ledger l ON l.payment_id = r.id::text
"""

# A void is planned with the payment's amount even if nothing was taken; it then frees nothing.
_REFUNDS_WITHIN_TAKEN: Final = """
WITH refunds AS (
    SELECT payment_id, sum(amount_minor) FILTER (WHERE name = 'void') AS refunds_minor,
           sum(amount_minor) FILTER (WHERE refund_id IS NOT NULL) AS clawed_back_minor,
           bool_or(refund_id IS NOT NULL) AND NOT coalesce(
               bool_or(name = 'capture' AND state = 'done'), false) AS too_early,
           bool_or(name = 'void') AND bool_or(name = 'capture') AS both_ways
    FROM steps WHERE state <> 'refused' GROUP BY payment_id
)
SELECT CASE
    WHEN s.both_ways THEN format('payment %s is both captured and given back', p.id)
    WHEN s.too_early THEN format('payment %s is taken back from the seller, and was never captured', p.id)
    WHEN s.clawed_back_minor > p.amount_minor
        THEN format('payment %s: %s taken back, pending or done, of %s', p.id, s.clawed_back_minor, p.amount_minor)
    WHEN s.refunds_minor > p.amount_minor + p.fee_minor
        THEN format('payment %s: refunds of %s, pending or done, of %s', p.id, s.refunds_minor,
                    p.amount_minor + p.fee_minor)
    WHEN l.refunded > l.taken THEN format('payment %s: %s refunded of %s taken', p.id, l.refunded, l.taken)
END
FROM payments p LEFT JOIN refunds s ON s.payment_id = p.id LEFT JOIN by_ledger l ON l.payment_id = p.id::text
"""

# Everything that a state implies about the row and its steps, restated independently of the code.
_STATES_FIT: Final = """
WITH facts AS (
    SELECT p.*, n.capture, n.credit, n.rest, n.commission, n.void, d.released_at,
           -- Of the rest, nothing is owed any more: all of it went back to the payer.
           n.rest = 'refused' AND n.rest_minor = (SELECT sum(b.from_owed_minor) FROM steps b
               WHERE b.payment_id = p.id AND b.taken = 'rest') AS rest_is_back,
           coalesce(p.kept_minor, 0) = (SELECT coalesce(sum(b.amount_minor), 0) FROM steps b
               WHERE b.payment_id = p.id AND b.taken = 'kept' AND b.state = 'done') AS kept_is_back,
           EXISTS (SELECT FROM code_attempts a WHERE a.payment_id = p.id AND a.state = 'unresolved') AS unresolved
    FROM payments p JOIN deals d ON d.id = p.deal_id
    LEFT JOIN (
        SELECT payment_id, max(state) FILTER (WHERE name = 'capture') AS capture,
               max(state) FILTER (WHERE name = 'rest') AS rest,
               max(amount_minor) FILTER (WHERE name = 'rest') AS rest_minor,
               max(state) FILTER (WHERE name = 'credit') AS credit,
               max(state) FILTER (WHERE name = 'commission') AS commission,
               max(state) FILTER (WHERE name = 'void') AS void
        FROM newest GROUP BY payment_id
    ) n ON n.payment_id = p.id
)
SELECT CASE WHEN CASE f.state
        WHEN 'opening' THEN f.decision IS NULL AND NOT f.taken AND NOT f.unresolved
        WHEN 'awaiting_code' THEN f.decision IS NULL AND NOT f.taken AND NOT f.unresolved AND f.operation IS NOT NULL
        WHEN 'processing' THEN f.decision IS NULL AND NOT f.taken AND f.unresolved AND f.operation IS NOT NULL
        WHEN 'held' THEN f.decision IS NULL AND f.taken AND NOT f.unresolved AND f.operation IS NOT NULL
        WHEN 'releasing' THEN f.decision = 'release' AND f.taken
        WHEN 'kept' THEN f.decision = 'release' AND f.taken AND f.capture = 'done' AND f.undisputed_minor IS NOT NULL
            AND coalesce(f.credit, 'done') = 'done' AND coalesce(f.rest, 'done') = 'done'
            AND coalesce(f.commission, 'done') = 'done'
            AND CASE WHEN f.released_at IS NULL THEN num_nonnulls(f.rest, f.commission, f.kept_minor) = 0
                     ELSE NOT f.kept_is_back END
        WHEN 'payable' THEN f.decision = 'release' AND f.taken AND f.capture = 'done'
            AND 'refused' IN (f.credit, f.rest)
        WHEN 'completed' THEN f.decision = 'release' AND f.taken AND f.capture = 'done'
            AND coalesce(f.credit, 'done') = 'done' AND coalesce(f.commission, 'done') = 'done'
            AND (coalesce(f.rest, 'done') = 'done' OR f.rest_is_back)
            AND num_nonnulls(f.credit, f.commission, f.rest) > 0 AND f.kept_is_back
        WHEN 'returning' THEN f.decision = 'return' AND f.void IN ('planned', 'refused') AND f.end_reason IS NOT NULL
        -- Given back before the release, or all of it that was owed to the seller went back after it.
        WHEN 'refunded' THEN f.taken AND (f.decision = 'return' AND f.void = 'done'
            OR f.decision = 'release' AND f.capture = 'done' AND 'refused' IN (f.credit, f.rest))
        WHEN 'expired' THEN f.decision = 'return' AND NOT f.taken AND f.void = 'done' AND f.end_reason = 'deadline'
        WHEN 'cancelled' THEN f.decision = 'return' AND NOT f.taken AND f.void = 'done' AND f.end_reason = 'cancelled'
        -- The bank refused to open the operation, or refused its first code or the debit.
        WHEN 'failed' THEN NOT f.taken AND (f.operation IS NULL AND f.refused_code IS NOT NULL
            OR f.decision = 'return' AND f.void = 'done' AND f.end_reason = 'refused')
        ELSE false
    END IS NOT TRUE OR (f.final_at IS NOT NULL) <> (
        f.state IN ('completed', 'refunded', 'expired', 'cancelled', 'failed'))
    OR f.final_at IS NOT NULL AND (f.unresolved OR 'planned' IN (f.capture, f.credit, f.rest, f.commission, f.void))
    THEN format('payment %s is %s: decision %s (%s), taken %s, operation %s, unresolved code %s, capture %s, '
                'credit %s, commission %s, void %s, final at %s', f.id, f.state, f.decision, f.end_reason, f.taken,
                f.operation, f.unresolved, f.capture, f.credit, f.commission, f.void, f.final_at) END
FROM facts f
"""

_FIT_THEIR_DEAL: Final = """
SELECT CASE WHEN p.currency <> d.currency OR p.payer_account = d.payee_account
        OR coalesce(a.user_id, w.user_id) <> d.buyer_id OR coalesce(a.currency, w.currency) <> p.currency
        OR coalesce(a.number, '000' || lpad(to_hex(w.account_id), 10, '0')) <> p.payer_account
        OR coalesce(a.bank_id, 0) <> p.payer_bank
        OR p.amount_minor <= 0 OR p.fee_minor < 0
    THEN format('payment %s of deal %s: %s and a fee of %s %s from account %s of bank %s',
                p.id, d.id, p.amount_minor, p.fee_minor, p.currency, p.payer_account, p.payer_bank) END
FROM payments p JOIN deals d ON d.id = p.deal_id
LEFT JOIN accounts a ON a.id = p.account_id LEFT JOIN wallets w ON w.id = p.wallet_id
"""

CHECKS: Final = (
    Check(
        "payments_add_up",
        11,
        "By its steps, what a payment took is credited, payable, commission, fees, refunded or on hold.",
        "payments",
        _ADD_UP,
        given=(NEWEST, BY_ROWS),
    ),
    Check(
        "payments_agree_with_ledger",
        11,
        "The ledger holds a payment's money where its steps say it is.",
        "payments",
        _LEDGER_AGREES,
        given=(NEWEST, BY_ROWS, BOOKED, BY_LEDGER),
    ),
    Check(
        "refunds_within_taken",
        12,
        "Refunds, pending or done, never exceed what was taken, and nothing is both captured and voided.",
        "payments",
        _REFUNDS_WITHIN_TAKEN,
        given=(BOOKED, BY_LEDGER),
    ),
    Check(
        "payment_states_fit",
        14,
        "A payment's decision, codes and steps match its state, and a final one has nothing left to do.",
        "payments",
        _STATES_FIT,
        given=(NEWEST,),
    ),
    Check(
        "payments_fit_their_deal",
        14,
        "A payment is in its deal's currency, from an account or wallet of the buyer, and not to itself.",
        "payments",
        _FIT_THEIR_DEAL,
    ),
)
