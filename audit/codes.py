"""Codes and attempts: bounded, numbered, judged by the time of submission, wiped once the bank has answered."""

from __future__ import annotations

from typing import Final

from audit.books import BOOKED
from audit.check import Check
from domain.codes import MAX_CODES, MAX_TRIES

_CODES_COUNTED: Final = """
SELECT CASE WHEN count(*) > {codes} OR min(c.number) <> 1 OR max(c.number) <> count(*)
        OR count(*) FILTER (WHERE c.state = 'requested') > 1
    THEN format('payment %s: codes %s', c.payment_id, array_agg(c.number || ' ' || c.state ORDER BY c.number)) END
FROM codes c GROUP BY c.payment_id
""".replace("{codes}", str(MAX_CODES))

# A late submission reaches no bank and is not counted as a try.
_TRIES_COUNTED: Final = """
SELECT CASE
    WHEN count(*) FILTER (WHERE a.state <> 'late') > {tries}
        THEN format('payment %s, code %s: %s tries', a.payment_id, a.code_number, count(*))
    WHEN NOT EXISTS (SELECT FROM codes c WHERE c.payment_id = a.payment_id AND c.number = a.code_number)
        THEN format('payment %s: %s attempts with code %s, which was never asked for',
                    a.payment_id, count(*), a.code_number)
END
FROM code_attempts a GROUP BY a.payment_id, a.code_number
""".replace("{tries}", str(MAX_TRIES))

_ATTEMPTS_NUMBERED: Final = """
SELECT CASE WHEN min(a.number) <> 1 OR max(a.number) <> count(*) OR count(DISTINCT a.number) <> count(*)
        OR count(*) FILTER (WHERE a.state = 'unresolved') > 1
        OR bool_or(a.out_of_order)
    THEN format('payment %s: attempts %s', a.payment_id, array_agg(a.number || ' ' || a.state ORDER BY a.number)) END
FROM (SELECT *, submitted_at < lag(submitted_at) OVER (PARTITION BY payment_id ORDER BY number) AS out_of_order
      FROM code_attempts) a
GROUP BY a.payment_id
"""

_HELD_ONCE: Final = """
SELECT CASE WHEN count(a.id) <> CASE WHEN p.taken AND p.authorised_at IS NULL THEN 1 ELSE 0 END
        OR bool_or(a.submitted_at > d.pay_by) OR p.authorised_at > d.pay_by
    THEN format('payment %s (taken: %s) has %s held attempts, the latest submitted at %s, to be paid by %s',
                p.id, p.taken, count(a.id), max(a.submitted_at), d.pay_by) END
FROM payments p JOIN deals d ON d.id = p.deal_id
LEFT JOIN code_attempts a ON a.payment_id = p.id AND a.state = 'held'
GROUP BY p.id, d.pay_by
"""

# A code refused as late came after the deadline or after the deal was closed, and no such code was accepted.
_JUDGED_BY_TIME: Final = """
SELECT CASE
    WHEN a.state = 'late' AND a.submitted_at <= d.pay_by AND d.closed_at IS NULL AND d.verdict IS NULL
        THEN format('attempt %s of payment %s is late, but %s is not after %s',
                    a.number, p.id, a.submitted_at, d.pay_by)
    WHEN a.state <> 'late' AND a.submitted_at > d.pay_by
        THEN format('attempt %s of payment %s is %s, but came at %s, after %s',
                    a.number, p.id, a.state, a.submitted_at, d.pay_by)
END
FROM code_attempts a JOIN payments p ON p.id = a.payment_id JOIN deals d ON d.id = p.deal_id
"""

_CODES_WIPED: Final = """
SELECT CASE WHEN (a.state = 'unresolved') <> (a.sealed_code IS NOT NULL)
        OR (a.state = 'unresolved') <> (a.resolved_at IS NULL)
        OR a.state NOT IN ('unresolved', 'held', 'rejected', 'refused', 'late')
    THEN format('attempt %s of payment %s is %s, resolved at %s, and its code is %s', a.number, a.payment_id, a.state,
                a.resolved_at, CASE WHEN a.sealed_code IS NULL THEN 'wiped' ELSE 'kept' END) END
FROM code_attempts a
"""

# Unknown is neither failed nor done: nothing is decided, taken, planned or booked before the bank's final answer.
_UNKNOWN_UNDECIDED: Final = """
SELECT CASE WHEN a.id IS NOT NULL AND (p.decision IS NOT NULL OR p.taken OR p.final_at IS NOT NULL
        OR EXISTS (SELECT FROM steps s WHERE s.payment_id = p.id)
        OR b.payment_id IS NOT NULL)
    THEN format('payment %s (%s): attempt %s is unresolved, and yet it is decided, taken or booked',
                p.id, p.state, a.number) END
FROM payments p LEFT JOIN code_attempts a ON a.payment_id = p.id AND a.state = 'unresolved'
LEFT JOIN (SELECT DISTINCT payment_id FROM booked) b ON b.payment_id = p.id::text
"""

# What the platform, as a bank, must be able to prove about each payment whose money it holds from a wallet.
_WALLET_CODES: Final = """
SELECT CASE
    WHEN p.authorised_at IS NOT NULL AND (used.codes > 0 OR p.authorised_at < d.confirmed_at
             -- An operator's cancel ends the leave.
             OR NOT d.from_wallet AND p.cancel_requested_at IS NULL)
        THEN format('payment %s is taken from a wallet without a code, which its deal %s may not', p.id, d.id)
    WHEN p.taken AND p.authorised_at IS NULL AND (used.codes IS DISTINCT FROM 1 OR a.number IS NULL)
        THEN format('payment %s is taken from a wallet, with %s codes used for it', p.id, coalesce(used.codes, 0))
    WHEN used.late THEN format('payment %s: its code was used after it had expired', p.id)
    WHEN tries.beyond THEN format('payment %s: more tries were counted than {tries} for a code', p.id)
END
FROM payments p JOIN deals d ON d.id = p.deal_id
LEFT JOIN (SELECT c.subject, count(*) AS codes, max(c.used_by) AS attempt,
                  bool_or(a.submitted_at > c.expires_at) AS late
           FROM confirmation_codes c LEFT JOIN code_attempts a
               ON c.subject = 'payment/' || a.payment_id AND a.number::text = c.used_by
           WHERE c.used_at IS NOT NULL AND c.subject LIKE 'payment/%'
           GROUP BY c.subject) used ON used.subject = 'payment/' || p.id
LEFT JOIN code_attempts a ON a.payment_id = p.id AND a.number::text = used.attempt AND a.state = 'held'
LEFT JOIN (SELECT c.subject, bool_or(c.tries > {tries} OR c.tries <> coalesce(t.tries, 0)) AS beyond
           FROM confirmation_codes c LEFT JOIN (
               SELECT subject, code_number, count(*) AS tries FROM code_tries GROUP BY 1, 2) t
               ON t.subject = c.subject AND t.code_number = c.number
           GROUP BY c.subject) tries ON tries.subject = 'payment/' || p.id
WHERE p.wallet_id IS NOT NULL
""".replace("{tries}", str(MAX_TRIES))

CHECKS: Final = (
    Check(
        "wallet_codes_are_used_once",
        16,
        "Money taken from a wallet has one code, used in time, or the buyer's leave; every try was counted.",
        "payments WHERE wallet_id IS NOT NULL",
        _WALLET_CODES,
        rare=True,
    ),
    Check(
        "codes_are_counted",
        16,
        "A payment has at most 3 codes, numbered from 1, and at most one of them is being sent.",
        "codes",
        _CODES_COUNTED,
    ),
    Check(
        "tries_are_counted",
        16,
        "A code has at most 5 tries, and every try is of a code that was requested.",
        "code_attempts",
        _TRIES_COUNTED,
    ),
    Check(
        "attempts_are_numbered",
        16,
        "A payment's attempts are numbered without a gap in the order of time, at most one unresolved.",
        "code_attempts",
        _ATTEMPTS_NUMBERED,
    ),
    Check(
        "money_is_taken_by_one_code",
        16,
        "A payment that took money has one held attempt, submitted in time, or is authorised; others have none.",
        "payments",
        _HELD_ONCE,
    ),
    Check(
        "attempts_are_judged_by_time",
        14,
        "An attempt is late if it came after the deadline or the closing, and only then.",
        "code_attempts",
        _JUDGED_BY_TIME,
    ),
    Check(
        "codes_are_wiped",
        16,
        "A submitted code is stored, encrypted, until the bank's final answer and no longer.",
        "code_attempts",
        _CODES_WIPED,
    ),
    Check(
        "unknown_is_not_decided",
        17,
        "While a bank's answer to a code is unknown, the payment is neither captured nor given back.",
        "payments",
        _UNKNOWN_UNDECIDED,
        given=(BOOKED,),
    ),
)
