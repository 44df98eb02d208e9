"""Wallets with their holds, payment requests, withdrawals and corrections: the books match the rows."""

from __future__ import annotations

from typing import Final

from audit.books import BOOKED, BY_ROWS, NEWEST
from audit.check import Check

BALANCES: Final = """
balances AS (SELECT w.id, a.code, a.held_minor, w.currency FROM wallets w JOIN ledger.accounts a ON a.id = w.account_id)
"""

# What each hold must have booked: its beginning and how it ended.
_HOLDS: Final = """
expected AS (
    SELECT format('hold/%s%s', h.id, leg.name) AS key, leg.kind, leg.minor AS amount_minor, h.currency,
           payer.code AS debit, payee.code AS credit
    FROM holds h JOIN balances payer ON payer.id = h.from_wallet_id JOIN balances payee ON payee.id = h.to_wallet_id
    CROSS JOIN LATERAL (VALUES
        ('', 'hold', h.amount_minor, true),
        ('/capture', 'capture', h.captured_minor, h.state = 'captured'),
        ('/void', 'void', h.amount_minor, h.state = 'voided'),
        ('/expiry', 'void', h.amount_minor, h.state = 'expired')
    ) AS leg (name, kind, minor, there) WHERE leg.there
)"""

# A confirmed request has its transfer; any other has none.
_REQUESTS: Final = """
SELECT CASE
    WHEN r.id IS NULL THEN format('transfer %s (%s): no payment request asks for it', b.id, b.key)
    WHEN r.state = 'confirmed' AND b.id IS NULL THEN format('payment request %s is confirmed and has no transfer', r.id)
    WHEN r.state <> 'confirmed' AND b.id IS NOT NULL
        THEN format('payment request %s is %s and has transfer %s', r.id, r.state, b.id)
    WHEN r.state = 'confirmed' AND (b.id, b.kind, b.amount_minor, b.currency, b.debit, b.credit)
        IS DISTINCT FROM (r.operation_id, 'post', r.amount_minor, r.currency, payer.code, payee.code)
        THEN format('payment request %s over %s %s: transfer %s is a %s of %s %s from %s to %s', r.id, r.amount_minor,
                    r.currency, b.id, b.kind, b.amount_minor, b.currency, b.debit, b.credit) END
FROM (payment_requests r JOIN balances payer ON payer.id = r.payer_wallet_id
      JOIN balances payee ON payee.id = r.payee_wallet_id)
FULL JOIN (SELECT * FROM booked WHERE key LIKE 'request/%') b ON b.key = 'request/' || r.id
"""

_WITHDRAWALS: Final = """
expected AS (
    SELECT format('withdrawal/%s/%s', w.id, leg.name) AS key, leg.kind, leg.minor AS amount_minor, w.currency,
           CASE WHEN leg.name IN ('return', 'fee') THEN side.outside ELSE p.code END AS debit,
           CASE leg.name WHEN 'return' THEN p.code WHEN 'fee' THEN 'withdrawal-fees/' || w.currency
                         ELSE side.outside END AS credit
    FROM withdrawals w JOIN balances p ON p.id = w.wallet_id
    CROSS JOIN LATERAL (
        SELECT CASE WHEN w.gateway IS NULL THEN format('outside/withdrawal/%s/%s', w.bank_id, w.currency)
                    ELSE 'outside/tron/' || w.currency END AS outside
    ) side
    CROSS JOIN LATERAL (VALUES
        ('hold', 'hold', w.amount_minor + w.fee_minor, true),
        ('capture', 'capture', w.amount_minor + w.fee_minor, w.state IN ('paid', 'done', 'returned')),
        ('void', 'void', w.amount_minor + w.fee_minor, w.state IN ('refused', 'cancelled', 'expired')),
        ('fee', 'post', w.fee_minor, w.state = 'done' AND w.gateway IS NOT NULL AND w.fee_minor > 0),
        ('return', 'post', w.amount_minor, w.state = 'returned')
    ) AS leg (name, kind, minor, there) WHERE leg.there
)"""

_CORRECTIONS: Final = """
expected AS (
    SELECT 'correction/' || c.id AS key, 'post' AS kind, c.amount_minor, c.currency,
           CASE c.way WHEN 'in' THEN 'corrections/' || c.currency ELSE p.code END AS debit,
           CASE c.way WHEN 'in' THEN p.code ELSE 'corrections/' || c.currency END AS credit
    FROM corrections c JOIN balances p ON p.id = c.wallet_id WHERE c.state = 'approved'
)"""

_TWO_PEOPLE: Final = """
SELECT CASE WHEN c.state <> 'requested' AND (c.state = 'withdrawn') <> (c.decided_by = c.requested_by)
    THEN format('correction %s of %s was %s by %s', c.id, c.requested_by, c.state, c.decided_by) END
FROM corrections c
"""

_CONFIRMED: Final = """
SELECT CASE WHEN (w.confirmed_at IS NOT NULL) <> (c.used_at IS NOT NULL) OR w.confirmed_at <> c.used_at
    THEN format('withdrawal %s (%s) was confirmed at %s, a code was used at %s', w.id, w.state, w.confirmed_at,
                c.used_at) END
FROM withdrawals w LEFT JOIN confirmation_codes c
    ON c.subject = 'withdrawal/' || w.id AND c.used_at IS NOT NULL
"""

# Money held in a wallet belongs to open holds, withdrawals and payments of deals, by their rows.
_HELD: Final = """
SELECT CASE WHEN p.held_minor <> coalesce(o.held, 0)
    THEN format('wallet %s: the ledger holds %s %s, the rows say %s', p.id, p.held_minor, p.currency,
                coalesce(o.held, 0)) END
FROM balances p LEFT JOIN (
    SELECT wallet_id, sum(minor) AS held FROM (
        SELECT from_wallet_id, amount_minor FROM holds WHERE state = 'open'
        UNION ALL
        SELECT wallet_id, amount_minor + fee_minor FROM withdrawals
        WHERE state IN ('awaiting_code', 'awaiting_approval', 'paying', 'awaiting_funds')
        UNION ALL
        SELECT p.wallet_id, r.held FROM by_rows r JOIN payments p ON p.id = r.id WHERE p.wallet_id IS NOT NULL
    ) AS each (wallet_id, minor) GROUP BY wallet_id
) o ON o.wallet_id = p.id
"""


# Each of `expected` is booked, and nothing else under keys of this noun.
FOLLOWED: Final = """
SELECT CASE
    WHEN b.id IS NULL THEN format('%s: the row says %s of %s %s, the ledger has no such transfer', e.key, e.kind,
                                  e.amount_minor, e.currency)
    WHEN e.key IS NULL THEN format('transfer %s (%s): no row asks for it', b.id, b.key)
    WHEN (b.kind, b.amount_minor, b.currency, b.debit, b.credit)
         IS DISTINCT FROM (e.kind, e.amount_minor, e.currency, e.debit, e.credit)
    THEN format('transfer %s (%s) is a %s of %s %s from %s to %s, the row says %s of %s %s from %s to %s', b.id, b.key,
                b.kind, b.amount_minor, b.currency, b.debit, b.credit, e.kind, e.amount_minor, e.currency, e.debit,
                e.credit) END
FROM expected e FULL JOIN (SELECT * FROM booked WHERE key LIKE '{noun}/%') b ON b.key = e.key
"""

CHECKS: Final = (
    Check(
        "holds_follow_rows",
        11,
        "Each hold between wallets is booked as its row says it began and ended, and no other is booked.",
        "holds",
        FOLLOWED.replace("{noun}", "hold"),
        given=(BOOKED, BALANCES, _HOLDS),
        rare=True,
    ),
    Check(
        "payment_requests_follow_rows",
        11,
        "A confirmed payment request has exactly one transfer, and any other has none.",
        "payment_requests",
        _REQUESTS,
        given=(BOOKED, BALANCES),
        rare=True,
    ),
    Check(
        "withdrawals_follow_rows",
        11,
        "A withdrawal has the hold, and the capture, void or return, that its state calls for, and no more.",
        "withdrawals",
        FOLLOWED.replace("{noun}", "withdrawal"),
        given=(BOOKED, BALANCES, _WITHDRAWALS),
        rare=True,
    ),
    Check(
        "withdrawals_are_confirmed_by_a_code",
        16,
        "No bank is asked to pay a withdrawal out before a code was entered for it.",
        "withdrawals",
        _CONFIRMED,
        rare=True,
    ),
    Check(
        "corrections_follow_rows",
        11,
        "An approved correction of a wallet has exactly one transfer, and any other has none.",
        "corrections",
        FOLLOWED.replace("{noun}", "correction"),
        given=(BOOKED, BALANCES, _CORRECTIONS),
        rare=True,
    ),
    Check(
        "corrections_need_two_people",
        14,
        "A correction of a wallet is approved or rejected by another operator than the one who asked for it.",
        "corrections",
        _TWO_PEOPLE,
        rare=True,
    ),
    Check(
        "wallets_hold_what_is_open",
        20,
        "What is held in a wallet equals its open holds, withdrawals and payments.",
        "wallets",
        _HELD,
        given=(NEWEST, BY_ROWS, BALANCES),
        rare=True,
    ),
)
