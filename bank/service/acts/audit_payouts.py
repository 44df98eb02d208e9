"""The checks of payouts: one row per thing examined, null or what is wrong with it."""

from __future__ import annotations

from typing import Final

from ledger import Check

# Accounts take part, so that a bank without payouts has examined something.
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

PAYOUT_CHECKS: Final = (
    Check("payouts_match_transfers", 17, _PAYOUTS_MATCH_TRANSFERS),
    Check("transfers_have_payouts", 17, _TRANSFERS_HAVE_PAYOUTS),
)
