"""The checks of refunds and of the resulting debts: one row per item examined: null, or what is wrong with it."""

from __future__ import annotations

from typing import Final

from ledger import Check

# For each debit and credit: its refunded amount is that of its refunds and their parts, and never exceeds its own.
_REFUNDS_WITHIN_SOURCE: Final = """
SELECT CASE
    WHEN o.refunded_minor > o.amount_minor OR o.fee_refunded_minor > o.fee_minor
        THEN format('%s: %s of %s refunded, fee %s of %s', o.key, o.refunded_minor, o.amount_minor,
                    o.fee_refunded_minor, o.fee_minor)
    WHEN o.refunded_minor <> CASE o.kind WHEN 'debit' THEN coalesce(r.minor, 0) ELSE coalesce(c.minor, 0) END
        OR o.fee_refunded_minor <> coalesce(r.fee, 0) OR o.uncredited_refunded_minor <> coalesce(u.minor, 0)
        THEN format('%s: %s refunded, fee %s, uncredited %s; its refunds say %s, %s, %s', o.key, o.refunded_minor,
                    o.fee_refunded_minor, o.uncredited_refunded_minor, coalesce(r.minor, c.minor), r.fee, u.minor)
    WHEN o.kind = 'credit' AND o.status <> 'success' OR o.kind = 'debit' AND r.minor > 0 AND o.status <> 'success'
        THEN format('%s (%s) was refunded', o.key, o.status)
END
FROM operations o
LEFT JOIN (
    SELECT source, sum(amount_minor) AS minor, sum(fee_minor) AS fee FROM operations WHERE kind = 'refund' GROUP BY 1
) r ON r.source = o.key
LEFT JOIN (
    SELECT refund.source, sum(p.amount_minor) AS minor
    FROM refund_parts p JOIN operations refund ON refund.key = p.refund_key
    WHERE p.origin = 'uncredited' GROUP BY 1
) u ON u.source = o.key
LEFT JOIN (SELECT credit_key, sum(amount_minor) AS minor FROM refund_parts GROUP BY 1) c ON c.credit_key = o.key
WHERE o.kind <> 'refund'
"""

# For each refund: it returns to the debit's source, to another account only when the payer's is closed, and its parts
# add up to it.
_REFUNDS_HAVE_PARTS: Final = """
SELECT CASE
    WHEN o.kind <> 'refund' AND p.minor > 0 THEN format('%s is a %s and has parts of a refund', o.key, o.kind)
    WHEN o.kind <> 'refund' THEN NULL
    WHEN s.kind IS DISTINCT FROM 'debit' OR (o.caller, o.currency, o.reference, o.payer_account)
            <> (s.caller, s.currency, s.reference, s.payee_account)
        OR o.payee_account <> s.payer_account AND (payer.closed_at < o.created_at) IS NOT TRUE
        THEN format('%s does not undo %s', o.key, o.source)
    WHEN p.minor IS DISTINCT FROM o.amount_minor OR p.numbers IS DISTINCT FROM p.highest OR p.strangers > 0
        THEN format('%s: %s refunded, its parts say %s', o.key, o.amount_minor, p.minor)
END
FROM operations o
LEFT JOIN operations s ON s.key = o.source
LEFT JOIN accounts payer ON payer.number = s.payer_account
LEFT JOIN (
    SELECT part.refund_key, sum(part.amount_minor) AS minor, count(*) AS numbers, max(part.number) AS highest,
           count(*) FILTER (WHERE credit.source <> refund.source) AS strangers
    FROM refund_parts part
    JOIN operations refund ON refund.key = part.refund_key
    LEFT JOIN operations credit ON credit.key = part.credit_key
    GROUP BY 1
) p ON p.refund_key = o.key
"""

# Each part was taken according to its origin, in the right books; parts taken at another bank than the debit expected
# are moved to where the rest is collected.
_PARTS_MATCH_TRANSFERS: Final = """
SELECT CASE
    WHEN p.refund_key IS NULL THEN NULL
    WHEN p.origin <> 'uncredited' AND (taken.amount_minor = p.amount_minor AND taken.currency = o.currency
            AND taken.kind = 'post' AND taken.credit_account = ANY (claim.shards)
            AND taken.debit_account = CASE p.origin WHEN 'payee' THEN payee.ledger_id ELSE guarantee.ledger_id END
            ) IS NOT TRUE
        OR p.origin = 'uncredited' AND taken.id IS NOT NULL
        THEN format('part %s of %s was not taken as the ledger says', p.number, o.key)
    WHEN p.origin = 'guarantee' AND (debt.amount_minor = p.amount_minor AND debt.currency = o.currency
            AND debt.kind = 'post' AND debt.credit_account = payee.debt_ledger_id
            AND debt.debit_account = ANY (receivables.shards)) IS NOT TRUE
        OR p.origin <> 'guarantee' AND debt.id IS NOT NULL
        THEN format('the debt of part %s of %s is not what the ledger says', p.number, o.key)
    WHEN payee.bank_id <> foreseen.bank_id AND (moved.amount_minor = p.amount_minor AND moved.currency = o.currency
            AND moved.kind = 'post' AND moved.debit_account = ANY (owing.shards)
            AND moved.credit_account = ANY (collected.shards)) IS NOT TRUE
        OR payee.bank_id = foreseen.bank_id AND moved.id IS NOT NULL
        THEN format('part %s of %s was not collected as the ledger says', p.number, o.key)
END
FROM operations o
LEFT JOIN refund_parts p ON p.refund_key = o.key
LEFT JOIN operations s ON s.key = o.source
LEFT JOIN operations credit ON credit.key = p.credit_key
LEFT JOIN accounts payer ON payer.number = s.payer_account
LEFT JOIN accounts foreseen ON foreseen.number = s.payee_account
LEFT JOIN accounts payee ON payee.number = coalesce(credit.payee_account, s.payee_account)
LEFT JOIN banks bank ON bank.id = payee.bank_id
LEFT JOIN accounts guarantee ON guarantee.number = bank.guarantee_account
LEFT JOIN books receivables ON receivables.bank_id = payee.bank_id AND receivables.role = 'receivables'
    AND receivables.currency = o.currency
LEFT JOIN books owing ON owing.bank_id = payer.bank_id AND owing.currency = o.currency AND CASE
    WHEN payer.bank_id = payee.bank_id THEN owing.role = 'transit'
    ELSE owing.role = 'settlement' AND owing.other_bank = payee.bank_id END
LEFT JOIN books collected ON collected.bank_id = payer.bank_id AND collected.currency = o.currency AND CASE
    WHEN payer.bank_id = foreseen.bank_id THEN collected.role = 'transit'
    ELSE collected.role = 'settlement' AND collected.other_bank = foreseen.bank_id END
LEFT JOIN books claim ON claim.bank_id = payee.bank_id AND claim.currency = o.currency AND CASE
    WHEN payer.bank_id = payee.bank_id THEN claim.role = 'transit'
    ELSE claim.role = 'settlement' AND claim.other_bank = payer.bank_id END
LEFT JOIN ledger.transfers taken ON taken.key = o.key || '/part/' || p.number || '/taken' AND taken.refusal IS NULL
LEFT JOIN ledger.transfers debt ON debt.key = o.key || '/part/' || p.number || '/debt' AND debt.refusal IS NULL
LEFT JOIN ledger.transfers moved ON moved.key = o.key || '/part/' || p.number || '/reroute' AND moved.refusal IS NULL
"""

# The recipient of a refund gets its principal in one transfer and the fee in another, by way of the payer's bank if the
# account is at another bank.
_REFUNDS_MATCH_TRANSFERS: Final = """
SELECT CASE
    WHEN o.kind <> 'refund' THEN NULL
    WHEN (leg.minor = t.amount_minor AND t.currency = o.currency AND t.kind = 'post'
            AND t.credit_account = payee.ledger_id
            AND t.debit_account = ANY (CASE WHEN elsewhere THEN claim.shards ELSE leg.shards END)) IS NOT TRUE
        AND leg.minor > 0 OR leg.minor = 0 AND t.id IS NOT NULL
        THEN format('the %s of %s was not given as the ledger says', leg.name, o.key)
    WHEN (leg.minor = passed.amount_minor AND passed.currency = o.currency AND passed.kind = 'post'
            AND passed.debit_account = ANY (leg.shards) AND passed.credit_account = ANY (owing.shards)) IS NOT TRUE
        AND elsewhere AND leg.minor > 0 OR passed.id IS NOT NULL AND (leg.minor = 0 OR NOT elsewhere)
        THEN format('the %s of %s was not passed on as the ledger says', leg.name, o.key)
END
FROM operations o
LEFT JOIN operations s ON s.key = o.source
LEFT JOIN accounts payer ON payer.number = s.payer_account
LEFT JOIN accounts foreseen ON foreseen.number = s.payee_account
LEFT JOIN accounts payee ON payee.number = o.payee_account
CROSS JOIN LATERAL (SELECT payee.bank_id <> payer.bank_id AS elsewhere) way
LEFT JOIN books fees ON fees.bank_id = payer.bank_id AND fees.role = 'fees' AND fees.currency = o.currency
LEFT JOIN books collected ON collected.bank_id = payer.bank_id AND collected.currency = o.currency AND CASE
    WHEN payer.bank_id = foreseen.bank_id THEN collected.role = 'transit'
    ELSE collected.role = 'settlement' AND collected.other_bank = foreseen.bank_id END
LEFT JOIN books owing ON owing.bank_id = payer.bank_id AND owing.currency = o.currency
    AND owing.role = 'settlement' AND owing.other_bank = payee.bank_id
LEFT JOIN books claim ON claim.bank_id = payee.bank_id AND claim.currency = o.currency
    AND claim.role = 'settlement' AND claim.other_bank = payer.bank_id
CROSS JOIN LATERAL (VALUES
    ('given', o.amount_minor, collected.shards), ('fee', o.fee_minor, fees.shards)) AS leg (name, minor, shards)
LEFT JOIN ledger.transfers t ON t.key = o.key || '/' || leg.name AND t.refusal IS NULL AND o.kind = 'refund'
LEFT JOIN ledger.transfers passed ON passed.key = o.key || '/' || leg.name || '/passed' AND passed.refusal IS NULL
"""

# An account's debt is what the guarantee account paid in its place, less what it has repaid since.
_DEBTS_ARE_OWED: Final = """
SELECT CASE WHEN coalesce(a.balance_minor, 0) <> coalesce(paid.minor, 0) - coalesce(netted.minor, 0)
    THEN format('account %s owes %s; the guarantee paid %s for it and got back %s', account.number,
                a.balance_minor, paid.minor, netted.minor) END
FROM accounts account
JOIN banks bank ON bank.id = account.bank_id
JOIN accounts guarantee ON guarantee.number = bank.guarantee_account
LEFT JOIN ledger.accounts a ON a.id = account.debt_ledger_id
LEFT JOIN (
    SELECT credit.payee_account, sum(p.amount_minor) AS minor
    FROM refund_parts p JOIN operations credit ON credit.key = p.credit_key
    WHERE p.origin = 'guarantee' GROUP BY 1
) paid ON paid.payee_account = account.number
LEFT JOIN (
    SELECT debit_account, credit_account, sum(amount_minor) AS minor FROM ledger.transfers
    WHERE key LIKE '%/netting' AND kind = 'post' AND refusal IS NULL GROUP BY 1, 2
) netted ON netted.debit_account = account.ledger_id AND netted.credit_account = guarantee.ledger_id
"""

_RECEIVABLES_MIRROR_DEBTS: Final = """
SELECT CASE WHEN coalesce(receivable.minor, 0) + coalesce(owed.minor, 0) <> 0
    THEN format('bank %s is owed %s %s by its books, its accounts owe %s', b.bank_id, -receivable.minor, b.currency,
                owed.minor) END
FROM books b
LEFT JOIN (
    SELECT book.bank_id, book.currency, sum(a.balance_minor) AS minor
    FROM books book JOIN ledger.accounts a ON a.id = ANY (book.shards) WHERE book.role = 'receivables' GROUP BY 1, 2
) receivable ON receivable.bank_id = b.bank_id AND receivable.currency = b.currency
LEFT JOIN (
    SELECT account.bank_id, account.currency, sum(a.balance_minor) AS minor
    FROM accounts account JOIN ledger.accounts a ON a.id = account.debt_ledger_id GROUP BY 1, 2
) owed ON owed.bank_id = b.bank_id AND owed.currency = b.currency
WHERE b.role = 'fees'
"""

# No transfer leads from the books of one bank to those of another: debts between banks are entries on both sides.
_BANKS_BALANCE_ALONE: Final = """
SELECT CASE WHEN sum(a.balance_minor) <> 0
    THEN format('the books of bank %s in %s sum to %s', mine.bank_id, a.currency, sum(a.balance_minor)) END
FROM (
    SELECT bank_id, ledger_id AS id FROM accounts
    UNION ALL SELECT bank_id, debt_ledger_id FROM accounts WHERE debt_ledger_id IS NOT NULL
    UNION ALL SELECT bank_id, unnest(shards) FROM books
) mine
JOIN ledger.accounts a ON a.id = mine.id
GROUP BY mine.bank_id, a.currency
"""

REFUND_CHECKS: Final = (
    Check("refunds_within_source", 12, _REFUNDS_WITHIN_SOURCE),
    Check("refunds_have_parts", 12, _REFUNDS_HAVE_PARTS),
    Check("refunds_match_transfers", 17, _REFUNDS_MATCH_TRANSFERS),
    Check("refund_parts_match_transfers", 17, _PARTS_MATCH_TRANSFERS),
    Check("debts_are_owed", 20, _DEBTS_ARE_OWED),
    Check("receivables_mirror_debts", 20, _RECEIVABLES_MIRROR_DEBTS),
    Check("banks_balance_alone", 21, _BANKS_BALANCE_ALONE),
)
