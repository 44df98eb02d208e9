"""What can be otherwise at a bank than the market's rows say, as SQL past the bank's own rules.

`{held}`, `{payout}` and the like are keys of the story's operations and payouts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from tests.audit.corruption import Corruption, corrupt

_HELD: Final = "UPDATE operations SET status = 'pause', held_at = clock_timestamp() "
_CAPTURED: Final = (
    "UPDATE operations SET status = 'success', held_at = clock_timestamp(), captured_at = clock_timestamp() "
)
_VOID: Final = (
    "UPDATE operations SET status = 'void', captured_at = NULL, credited_minor = 0, voided_at = clock_timestamp() "
)
_COPIED: Final = "amount_minor, fee_minor, currency, payer_account, payee_account"
_STRANGER: Final = (
    f"INSERT INTO operations (key, caller, kind, status, {_COPIED}, reference) "
    f"SELECT '001op_of_nobody', caller, kind, 'created', {_COPIED}, %s FROM operations WHERE key = '{{held}}'"
)
_OF_NOBODY: Final = (
    "INSERT INTO payouts (key, caller, request_key, amount_minor, fee_minor, currency, payer_account, payee_account, "
    "reference) SELECT '001of_nobody', caller, 'of nobody', amount_minor, fee_minor, currency, payer_account, "
    "payee_account, 'withdrawal/of nobody' FROM payouts WHERE key = '{payout}'"
)

OPERATIONS: Final = (
    corrupt(
        "an operation is gone",
        "DELETE FROM operations WHERE key = '{held}'",
        by="recorded_operations_exist books_agree_with_banks",
    ),
    corrupt(
        "an operation belongs to another deal",
        "UPDATE operations SET reference = '{completed}' WHERE key = '{held}'",
        by="recorded_operations_exist bank_operations_are_known books_agree_with_banks",
    ),
    corrupt(
        "the bank took more",
        "UPDATE operations SET amount_minor = amount_minor + 1 WHERE key = '{paid}'",
        by="operations_agree books_agree_with_banks",
    ),
    corrupt(
        "the bank took another fee",
        "UPDATE operations SET fee_minor = fee_minor + 1 WHERE key = '{held}'",
        by="books_agree_with_banks operations_agree",
    ),
    corrupt(
        "the money goes to somebody else",
        "UPDATE operations SET payee_account = payer_account WHERE key = '{held}'",
        by="operations_agree",
    ),
    corrupt(
        "the seller was credited less",
        "UPDATE operations SET amount_minor = amount_minor - 1 WHERE source = '{paid}' AND amount_minor > 5000",
        by="operations_agree books_agree_with_banks",
    ),
    corrupt(
        "the seller was credited out of another deal",
        "UPDATE operations SET source = '{held}' WHERE source = '{paid}' AND amount_minor > 5000",
        by="operations_agree",
    ),
    corrupt(
        "the buyer got back more",
        "UPDATE operations SET amount_minor = amount_minor + 1 WHERE source = '{returned}' AND kind = 'refund'",
        by="operations_agree books_agree_with_banks",
    ),
    corrupt(
        "somebody else got it back",
        "UPDATE operations SET payee_account = payer_account WHERE source = '{returned}' AND kind = 'refund'",
        by="operations_agree",
    ),
    corrupt(
        "what the buyer got back is gone",
        "DELETE FROM operations WHERE source = '{returned}' AND kind = 'refund'",
        by="recorded_operations_exist books_agree_with_banks",
    ),
    corrupt("a held payment is captured", _CAPTURED + "WHERE key = '{held}'", by="operation_statuses_agree"),
    corrupt("a captured payment is given back", _VOID + "WHERE key = '{paid}'", by="operation_statuses_agree"),
    corrupt(
        "a payment of unknown outcome is captured",
        _CAPTURED + "WHERE key = '{unknown}'",
        by="operation_statuses_agree",
    ),
    corrupt(
        "a payment of unknown outcome is given back", _VOID + "WHERE key = '{unknown}'", by="operation_statuses_agree"
    ),
    corrupt("money is held that nobody confirmed", _HELD + "WHERE key = '{awaiting}'", by="operation_statuses_agree"),
    corrupt(
        "an operation belongs to no payment",
        _STRANGER % "reference",
        by="bank_operations_are_known bank_operations_have_rows",
    ),
    corrupt("an operation belongs to no deal", _STRANGER % "'nowhere'", by="bank_operations_have_rows"),
)

PAYOUTS: Final = (
    corrupt(
        "there is no payout",
        "DELETE FROM payouts WHERE key = '{payout}'",
        by="payouts_agree_with_banks books_agree_with_banks",
    ),
    corrupt(
        "a payout is larger",
        "UPDATE payouts SET amount_minor = amount_minor + 1 WHERE key = '{payout}'",
        by="payouts_agree_with_banks books_agree_with_banks",
    ),
    corrupt(
        "a payout is for somebody else",
        "UPDATE payouts SET payee_account = payer_account, payer_account = payee_account WHERE key = '{payout}'",
        by="payouts_agree_with_banks",
    ),
    corrupt(
        "a payout was sent back and not booked back",
        "UPDATE payouts SET returned_at = clock_timestamp() - interval '1 minute' WHERE key = '{payout}'",
        by="payouts_agree_with_banks",
    ),
    corrupt(
        "a payout was booked back and not sent back",
        "UPDATE payouts SET returned_at = NULL WHERE key = '{sent back}'",
        by="payouts_agree_with_banks",
    ),
    corrupt(
        "a payout is of another withdrawal",
        "UPDATE payouts SET reference = 'withdrawal/of nobody' WHERE key = '{payout}'",
        by="payouts_agree_with_banks bank_operations_have_rows",
    ),
    corrupt("a payout is of no withdrawal", _OF_NOBODY, by="bank_operations_have_rows"),
)

REMITTANCES: Final = (
    corrupt(
        "a remittance is larger",
        "UPDATE remittances SET amount_minor = amount_minor + 1 WHERE key = '{remittance}'",
        by="incoming_transfers_agree_with_banks",
    ),
    corrupt(
        "a remittance was booked at another time",
        "UPDATE remittances SET booked_at = booked_at + interval '1 microsecond' WHERE key = '{remittance}'",
        by="incoming_transfers_agree_with_banks",
    ),
    corrupt(
        "a remittance was returned and not booked back",
        "UPDATE remittances SET returned_at = clock_timestamp() - interval '1 minute' WHERE key = '{remittance}'",
        by="incoming_transfers_agree_with_banks",
    ),
    corrupt(
        "a remittance was booked back and not returned",
        "UPDATE remittances SET returned_at = NULL WHERE key = '{returned remittance}'",
        by="incoming_transfers_agree_with_banks",
    ),
    corrupt(
        "a remittance is another one than we have recorded",
        "UPDATE remittances SET key = 'op-001-0000000000000000dead' WHERE key = '{remittance}'",
        by="incoming_transfers_agree_with_banks",
    ),
)

CORRUPTIONS: Final[Mapping[str, Sequence[Corruption]]] = {
    "operations": OPERATIONS,
    "payouts": PAYOUTS,
    "remittances": REMITTANCES,
}
"""By the table of the bank that they spoil."""
