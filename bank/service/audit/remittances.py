"""The checks of remittances: one row per item examined: null, or what is wrong with it."""

from __future__ import annotations

from typing import Final

from ledger import Check

# Accounts are included, so that a bank without remittances has examined something.
_MATCH_TRANSFERS: Final = """
SELECT CASE
    WHEN r.key IS NULL THEN NULL
    WHEN (sent.kind = 'post' AND sent.amount_minor = r.amount_minor AND sent.currency = r.currency
            AND sent.debit_account = payer.ledger_id
            AND CASE WHEN payer.bank_id = payee.bank_id THEN sent.credit_account = payee.ledger_id AND passed.id IS NULL
                ELSE sent.credit_account = ANY (owes.shards) AND passed.kind = 'post'
                    AND passed.amount_minor = r.amount_minor AND passed.currency = r.currency
                    AND passed.debit_account = ANY (owed.shards) AND passed.credit_account = payee.ledger_id
            END) IS NOT TRUE
        THEN format('remittance %s is not what the ledger says', r.key)
    WHEN r.fee_minor = 0 AND fee.id IS NOT NULL OR r.fee_minor > 0
        AND (fee.kind = 'post' AND fee.amount_minor = r.fee_minor AND fee.debit_account = payer.ledger_id) IS NOT TRUE
        THEN format('the fee of remittance %s is not what the ledger says', r.key)
    WHEN r.returned_at IS NULL AND back.id IS NOT NULL OR r.returned_at IS NOT NULL
        AND (back.kind = 'post' AND back.amount_minor = r.amount_minor AND back.debit_account = payee.ledger_id
            AND CASE WHEN payer.bank_id = payee.bank_id THEN back.credit_account = payer.ledger_id AND given.id IS NULL
                ELSE back.credit_account = ANY (owed.shards) AND given.kind = 'post'
                    AND given.amount_minor = r.amount_minor AND given.debit_account = ANY (owes.shards)
                    AND given.credit_account = payer.ledger_id
            END) IS NOT TRUE
        THEN format('the return of remittance %s is not what the ledger says', r.key)
END
FROM accounts payee
LEFT JOIN remittances r ON r.payee_account = payee.number
LEFT JOIN accounts payer ON payer.number = r.payer_account
LEFT JOIN books owes ON owes.bank_id = payer.bank_id AND owes.other_bank = payee.bank_id
    AND owes.currency = r.currency AND owes.role = 'settlement'
LEFT JOIN books owed ON owed.bank_id = payee.bank_id AND owed.other_bank = payer.bank_id
    AND owed.currency = r.currency AND owed.role = 'settlement'
LEFT JOIN ledger.transfers sent ON sent.key = 'remittance/' || r.key || '/principal' AND sent.refusal IS NULL
LEFT JOIN ledger.transfers passed ON passed.key = 'remittance/' || r.key || '/passed' AND passed.refusal IS NULL
LEFT JOIN ledger.transfers fee ON fee.key = 'remittance/' || r.key || '/fee' AND fee.refusal IS NULL
LEFT JOIN ledger.transfers back ON back.key = 'remittance/' || r.key || '/returned' AND back.refusal IS NULL
LEFT JOIN ledger.transfers given ON given.key = 'remittance/' || r.key || '/given' AND given.refusal IS NULL
"""

_TRANSFERS_HAVE_REMITTANCES: Final = """
SELECT CASE
    WHEN t.key NOT LIKE 'remittance/%' THEN NULL
    WHEN r.key IS NULL THEN format('transfer %s belongs to no remittance', t.key)
    WHEN split_part(t.key, '/', 3) NOT IN ('principal', 'passed', 'fee', 'netting', 'debt', 'returned', 'given')
        THEN format('transfer %s is no leg of its remittance', t.key)
END
FROM ledger.transfers t
LEFT JOIN remittances r ON r.key = split_part(t.key, '/', 2)
WHERE t.refusal IS NULL
"""

# The numbers of an account's remittances have no gap, and grow with the time.
_NUMBERED: Final = """
SELECT CASE WHEN r.number <> r.place OR r.booked_at < r.before
    THEN format('remittance %s has the number %s and the place %s', r.key, r.number, r.place) END
FROM accounts a LEFT JOIN (
    SELECT key, payee_account, number, booked_at,
           row_number() OVER (PARTITION BY payee_account ORDER BY number) AS place,
           lag(booked_at) OVER (PARTITION BY payee_account ORDER BY number) AS before
    FROM remittances
) r ON r.payee_account = a.number
"""

REMITTANCE_CHECKS: Final = (
    Check("remittances_match_transfers", 17, _MATCH_TRANSFERS),
    Check("transfers_have_remittances", 17, _TRANSFERS_HAVE_REMITTANCES),
    Check("remittances_are_numbered", 19, _NUMBERED),
)
