"""Wrong rows about money that leaves our addresses on the chain."""

from __future__ import annotations

from tests.audit.corruption import corrupt

CORRUPTIONS = (
    corrupt(
        "what the chain has burnt is not what its receipt says",
        "UPDATE outgoing_transactions SET fee_sun = fee_sun + 1 WHERE state = 'done' AND purpose = 'gas'",
        by="network_fees_follow_receipts",
    ),
    corrupt(
        "what an address has burnt is not booked",
        "UPDATE outgoing_transactions SET fee_sun = 0 WHERE state = 'done' AND purpose = 'sweep'",
        by="network_fees_follow_receipts gas_is_accounted_for",
    ),
    corrupt(
        "TRX has left the gas account without a transaction",
        "UPDATE chain_accounts SET sun = sun - 1 WHERE name = 'gas'",
        by="gas_is_accounted_for",
    ),
    corrupt(
        "an address has less than what came and was not swept",
        "UPDATE chain_addresses SET balance_minor = balance_minor - 1 WHERE balance_minor > 0",
        by="chain_money_is_somewhere",
    ),
    corrupt(
        "the main wallet has what no sweep has brought",
        "UPDATE chain_accounts SET balance_minor = balance_minor + 1 WHERE name = 'main'",
        by="chain_money_is_somewhere",
    ),
    corrupt(
        "a transaction was sent under a new number while the last one lives",
        "DROP INDEX uq_outgoing_transactions_live",
        "UPDATE outgoing_transactions SET state = 'sent', final_at = NULL WHERE state = 'dropped'",
        by="outgoing_transactions_are_numbered",
    ),
    corrupt(
        "a number of what was sent is missing",
        "DELETE FROM outgoing_transactions WHERE state = 'dropped'",
        by="outgoing_transactions_are_numbered",
    ),
    corrupt(
        "a sweep says that it has moved more than its lines",
        "UPDATE sweeps SET swept_minor = swept_minor + 1 WHERE state = 'done'",
        by="sweeps_follow_lines",
    ),
    corrupt(
        "a sweep has ended before its last line",
        "UPDATE sweeps SET state = 'done', final_at = clock_timestamp() WHERE state = 'open'",
        by="sweeps_follow_lines",
    ),
    corrupt(
        "a line of a sweep is done without a transfer",
        "UPDATE outgoing_transactions SET state = 'failed' WHERE purpose = 'sweep' AND state = 'done'",
        by="sweep_lines_follow_transfers",
    ),
    corrupt(
        "a withdrawal names a transaction that did not pay it",
        "UPDATE withdrawals SET operation = 'another' WHERE gateway IS NOT NULL",
        by="withdrawals_follow_transactions",
    ),
    corrupt(
        "a withdrawal was sent to another address",
        "UPDATE outgoing_transactions SET to_address = 'another' WHERE purpose = 'withdrawal'",
        by="withdrawals_follow_transactions",
    ),
    corrupt(
        "the chain has less TRX on the gas account than the books",
        "UPDATE chain_accounts SET missing_since = clock_timestamp() WHERE name = 'gas'",
        by="chain_accounts_have_trx",
    ),
    corrupt(
        "the gas account has run low",
        "UPDATE chain_accounts SET low_since = clock_timestamp() WHERE name = 'gas'",
        by="chain_accounts_have_trx",
    ),
)
