"""Database refusals: the constraint named in the error (`constraint_name`) → the rule that was broken.

The kernel decides before it writes, so a caller only ever meets KEY_RACE. Any other name in an error is a bug, or a
write that bypassed the kernel.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

# Two callers used one new key for different accounts at the same time. Repeat the whole transaction: it then finds the
# key, and the answer is `key_conflict` (or the first answer again).
KEY_RACE: Final = "transfers_key_unique"

CONSTRAINTS: Final[Mapping[str, str]] = {
    "accounts_pkey": "one id, one account",
    "accounts_code_unique": "one code, one account",
    "accounts_code_shape": "a code has 1 to 200 characters, '#' only before the number of a shard",
    "accounts_currency_shape": "a currency is 3 to 5 capital letters",
    "accounts_floor_kept": "a guarded account never falls below its floor, holds counted",
    "accounts_in_range": "balances stay within ±2^62, what is held or incoming is never negative",
    "accounts_follow_entries": "an account is what its last entry says, and a new one is empty",
    "accounts_identity_fixed": "id, code and currency of an account never change",
    "accounts_kept": "accounts are closed, never deleted",
    "transfers_pkey": "one id, one transfer",
    "transfers_key_unique": "one business key, at most one transfer",
    "transfers_key_shape": "a key has 1 to 200 characters",
    "transfers_fingerprint_shape": "a fingerprint is a SHA-256",
    "transfers_kind_known": "a transfer is a post, a hold, a capture or a void",
    "transfers_refusal_known": "a stored refusal has one of the known reasons",
    "transfers_complete": "a transfer names both accounts, an amount and a currency",
    "transfers_amount_in_range": "an amount is 1 to 10^15 minor units",
    "transfers_two_accounts": "debit and credit are different accounts",
    "transfers_name_their_hold": "a capture or void, and nothing else, names the hold that it ends",
    "transfers_hold_ends_once": "a hold ends once",
    "transfers_fit_their_hold": "a capture or void has its hold's accounts and currency, and no more than its amount",
    "transfers_balanced": "a transfer has an entry on each of its accounts",
    "transfers_append_only": "transfers are never changed or deleted",
    "entries_pkey": "each version of an account has one entry",
    "entries_once_per_account": "a transfer has one entry per account",
    "entries_version_positive": "versions count from 1",
    "entries_match_transfer": "an entry is exactly what its transfer says, and a refused transfer has none",
    "entries_currency": "an entry has its account's currency",
    "entries_chain": "an entry follows from the one before it, and its account has moved on to it",
    "entries_append_only": "entries are never changed or deleted",
}
