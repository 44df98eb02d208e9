"""The bank's own checks: one row per item examined: null, or what is wrong with it.

The numbers are those of `docs/invariants.md`. Each check reads rows and trusts no stored sum except `credited_minor`,
which has a check of its own.
"""

from __future__ import annotations

from typing import Final

from bank.service.audit.codes import CODE_CHECKS
from bank.service.audit.refunds import REFUND_CHECKS
from bank.service.audit.remittances import REMITTANCE_CHECKS
from bank.service.rules.webhooks import GIVE_UP_AFTER_S
from ledger import Check

# Each leg of each operation has exactly the transfers that its state implies, in the right books.
_OPERATIONS_MATCH_TRANSFERS: Final = """
WITH legs AS (
    SELECT o.*, 'principal' AS leg, o.amount_minor AS leg_minor FROM operations o WHERE o.kind <> 'refund'
    UNION ALL
    SELECT o.*, 'fee', o.fee_minor FROM operations o WHERE o.fee_minor > 0 AND o.kind <> 'refund'
)
SELECT CASE WHEN (
    CASE
        WHEN l.kind = 'credit' THEN t.kind = 'post' AND t.amount_minor = l.leg_minor
            AND t.currency = l.currency AND t.credit_account = payee.ledger_id
        WHEN l.held_at IS NULL THEN t.id IS NULL
        ELSE t.kind = 'hold' AND t.amount_minor = l.leg_minor AND t.currency = l.currency
            AND t.debit_account = payer.ledger_id AND t.credit_account = ANY (book.shards)
            AND CASE l.status
                WHEN 'pause' THEN e.id IS NULL
                WHEN 'success' THEN e.kind = 'capture' AND e.amount_minor = l.leg_minor
                WHEN 'void' THEN e.kind = 'void'
            END
    END
) IS NOT TRUE THEN format('%s of %s (%s) is not what the ledger says', l.leg, l.key, l.status) END
FROM legs l
JOIN accounts payer ON payer.number = l.payer_account
JOIN accounts payee ON payee.number = l.payee_account
LEFT JOIN books book ON book.bank_id = payer.bank_id AND book.currency = l.currency AND CASE
    WHEN l.leg = 'fee' THEN book.role = 'fees'
    WHEN payer.bank_id = payee.bank_id THEN book.role = 'transit'
    ELSE book.role = 'settlement' AND book.other_bank = payee.bank_id
END
LEFT JOIN ledger.transfers t ON t.key = l.key || '/' || l.leg AND t.refusal IS NULL
LEFT JOIN ledger.transfers e ON e.hold_id = t.id AND e.refusal IS NULL
"""

# And conversely: every transfer that took effect belongs to an operation or is of one of the five kinds without one.
_TRANSFERS_HAVE_OPERATIONS: Final = """
SELECT CASE
    WHEN split_part(t.key, '/', 1) IN ('opening', 'deposit', 'closure', 'payout', 'remittance') THEN NULL
    WHEN o.key IS NULL THEN format('transfer %s belongs to no operation', t.key)
    WHEN split_part(t.key, '/', 2) NOT IN ('principal', 'fee', 'reroute', 'part', 'given', 'netting', 'debt')
        THEN format('transfer %s is no leg of its operation', t.key)
END
FROM ledger.transfers t
LEFT JOIN operations o ON o.key = split_part(t.key, '/', 1)
WHERE t.refusal IS NULL
"""

_HOLDS_ONLY_IN_PAUSE: Final = """
SELECT CASE WHEN a.held_minor <> coalesce(paused.minor, 0)
    THEN format('account %s holds %s, its paused operations say %s', account.number, a.held_minor, paused.minor) END
FROM accounts account
JOIN ledger.accounts a ON a.id = account.ledger_id
LEFT JOIN (
    SELECT payer_account, sum(amount_minor + fee_minor) AS minor FROM operations WHERE status = 'pause' GROUP BY 1
) paused ON paused.payer_account = account.number
"""

# For each two banks A and B (or one bank with itself: transit) and currency:
#   balance of A's book for B + balance of B's book for A
#     = sum over captured debits between them, both directions, of principal - credited - refunded before a credit.
#       A clawback of a credit lowers the debt in the books of both.
# When nothing is in flight the right side is 0: A's debt to B in A's books is B's claim on A in B's books.
# Holds are not in balances. A credit at another bank than expected first moves the debt, so the rule still holds.
_DEBTS_AGREE: Final = """
WITH debts AS (
    SELECT least(b.bank_id, coalesce(b.other_bank, b.bank_id)) AS low,
           greatest(b.bank_id, coalesce(b.other_bank, b.bank_id)) AS high,
           b.currency, sum(a.balance_minor) AS minor
    FROM books b JOIN ledger.accounts a ON a.id = ANY (b.shards)
    WHERE b.role IN ('settlement', 'transit')
    GROUP BY 1, 2, 3
), in_flight AS (
    SELECT least(payer.bank_id, payee.bank_id) AS low, greatest(payer.bank_id, payee.bank_id) AS high,
           o.currency, sum(o.amount_minor - o.credited_minor - o.uncredited_refunded_minor) AS minor
    FROM operations o
    JOIN accounts payer ON payer.number = o.payer_account
    JOIN accounts payee ON payee.number = o.payee_account
    WHERE o.kind = 'debit' AND o.status = 'success'
    GROUP BY 1, 2, 3
)
SELECT CASE WHEN coalesce(d.minor, 0) <> coalesce(f.minor, 0)
    THEN format('banks %s and %s, %s: the books say %s, in flight are %s', low, high, currency, d.minor, f.minor) END
FROM debts d FULL JOIN in_flight f USING (low, high, currency)
"""

_FEES_EARNED: Final = """
SELECT CASE WHEN earned.minor <> coalesce(charged.minor, 0)
    THEN format('bank %s earned %s %s, its operations say %s', b.bank_id, earned.minor, b.currency, charged.minor) END
FROM books b
CROSS JOIN LATERAL (SELECT sum(a.balance_minor) AS minor FROM ledger.accounts a WHERE a.id = ANY (b.shards)) earned
LEFT JOIN (
    SELECT payer.bank_id, each.currency, sum(each.minor) AS minor
    FROM (
        SELECT payer_account, currency, fee_minor - fee_refunded_minor AS minor FROM operations
        WHERE kind = 'debit' AND status = 'success'
        UNION ALL
        SELECT payer_account, currency, fee_minor FROM remittances
    ) AS each JOIN accounts payer ON payer.number = each.payer_account
    GROUP BY 1, 2
) charged ON charged.bank_id = b.bank_id AND charged.currency = b.currency
WHERE b.role = 'fees'
"""

_CREDITS_WITHIN_SOURCE: Final = """
SELECT CASE WHEN o.credited_minor <> coalesce(paid.minor, 0)
        OR o.credited_minor + o.uncredited_refunded_minor > o.amount_minor
        OR (paid.minor > 0 AND o.status <> 'success')
    THEN format('%s: %s of %s credited, its credits say %s', o.key, o.credited_minor, o.amount_minor, paid.minor) END
FROM operations o
LEFT JOIN (
    SELECT source, sum(amount_minor) AS minor FROM operations WHERE kind = 'credit' GROUP BY 1
) paid ON paid.source = o.key
WHERE o.kind = 'debit'
"""

_ACCOUNTS_IN_LEDGER: Final = """
SELECT CASE
    WHEN a.id IS NULL THEN format('account %s is not in the ledger', account.number)
    WHEN a.currency <> account.currency OR a.floor_minor IS DISTINCT FROM 0 OR a.code <> 'account/' || account.number
        THEN format('account %s is another one in the ledger', account.number)
    WHEN account.closed_at IS NOT NULL AND (a.closed_at IS NULL OR a.balance_minor <> 0 OR a.held_minor <> 0)
        THEN format('account %s is closed and not empty', account.number)
END
FROM accounts account LEFT JOIN ledger.accounts a ON a.id = account.ledger_id
"""

# Accounts are included, so that a bank without payouts has examined something.
_PAYOUTS_MATCH_TRANSFERS: Final = """
SELECT CASE
    WHEN p.key IS NULL THEN NULL
    WHEN (paid.amount_minor = p.amount_minor AND paid.currency = p.currency AND paid.kind = 'post'
            AND paid.debit_account = payer.ledger_id AND paid.credit_account = payee.ledger_id) IS NOT TRUE
        THEN format('payout %s is not what the ledger says', p.key)
    WHEN p.returned_at IS NULL AND back.id IS NOT NULL OR p.returned_at IS NOT NULL
        AND (back.amount_minor = p.amount_minor AND back.kind = 'post'
            AND back.debit_account = payee.ledger_id AND back.credit_account = payer.ledger_id) IS NOT TRUE
        THEN format('the return of payout %s is not what the ledger says', p.key)
    WHEN payer.kind <> 'guarantee' OR payer.bank_id <> payee.bank_id OR p.fee_minor <> 0
        THEN format('payout %s is not from the guarantee account of its bank', p.key)
END
FROM accounts payee
LEFT JOIN payouts p ON p.payee_account = payee.number
LEFT JOIN accounts payer ON payer.number = p.payer_account
LEFT JOIN ledger.transfers paid ON paid.key = 'payout/' || p.key || '/paid' AND paid.refusal IS NULL
LEFT JOIN ledger.transfers back ON back.key = 'payout/' || p.key || '/returned' AND back.refusal IS NULL
"""

_TRANSFERS_HAVE_PAYOUTS: Final = """
SELECT CASE
    WHEN t.key NOT LIKE 'payout/%' THEN NULL
    WHEN p.key IS NULL THEN format('transfer %s belongs to no payout', t.key)
    WHEN split_part(t.key, '/', 3) NOT IN ('paid', 'returned', 'netting', 'debt')
        THEN format('transfer %s is no leg of its payout', t.key)
END
FROM ledger.transfers t
LEFT JOIN payouts p ON p.key = split_part(t.key, '/', 2)
WHERE t.refusal IS NULL
"""

GRACE_S: Final = 3_600  # a bank that was down for a while has webhooks that are long overdue

# An open one is retried, and given up in the end; what has ended stays ended.
_WEBHOOKS_END: Final = f"""
SELECT CASE
    WHEN c.delivered_at IS NOT NULL AND c.given_up_at IS NOT NULL
        THEN format('webhook %s was delivered and given up', c.id)
    WHEN coalesce(c.delivered_at, c.given_up_at) IS NULL
        AND c.created_at < clock_timestamp() - interval '{GIVE_UP_AFTER_S + GRACE_S} seconds'
        THEN format('webhook %s has not ended since %s', c.id, c.created_at)
    WHEN coalesce(c.delivered_at, c.given_up_at) IS NULL
        AND c.due_at < clock_timestamp() - interval '{GRACE_S} seconds'
        THEN format('webhook %s is due since %s and nobody tries it', c.id, c.due_at)
END
FROM operations o FULL JOIN webhooks c ON false
"""  # noqa: S608  # numbers of this package

CHECKS: Final = (
    Check("operations_match_transfers", 17, _OPERATIONS_MATCH_TRANSFERS),
    Check("transfers_have_operations", 17, _TRANSFERS_HAVE_OPERATIONS),
    Check("holds_only_in_pause", 13, _HOLDS_ONLY_IN_PAUSE),
    Check("debts_agree", 21, _DEBTS_AGREE),
    Check("fees_earned", 11, _FEES_EARNED),
    Check("credits_within_source", 12, _CREDITS_WITHIN_SOURCE),
    Check("accounts_in_ledger", 3, _ACCOUNTS_IN_LEDGER),
    *REFUND_CHECKS,
    Check("payouts_match_transfers", 17, _PAYOUTS_MATCH_TRANSFERS),
    Check("transfers_have_payouts", 17, _TRANSFERS_HAVE_PAYOUTS),
    *REMITTANCE_CHECKS,
    *CODE_CHECKS,
    Check("webhooks_end", 19, _WEBHOOKS_END),
)
