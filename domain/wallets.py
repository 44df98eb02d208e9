"""The platform as bank number 0, where every wallet is an account.

A wallet's number has the form of a bank account's: three digits of the bank, ten hex digits. Rows, steps and statements
can therefore name a wallet where they name an account, and no other code needs to distinguish them.
"""

from __future__ import annotations

from typing import Final

PLATFORM: Final = 0
"""The platform's bank number; no real bank has it."""

PLATFORM_ACCOUNT: Final = "0000000000000"
"""The platform as a payee, for income that it transfers to no bank."""


def wallet_number(account_id: int) -> str:
    """The number of the wallet with this ledger account. Raises ValueError for an invalid id."""
    if not 0 < account_id < 16**10:
        raise ValueError(f"no account of a wallet: {account_id}")
    return f"{PLATFORM:03}{account_id:010x}"


def ledger_account_of(number: str) -> int:
    """The ledger account of the wallet with this number; raises ValueError for any other number."""
    if not is_wallet(number):
        raise ValueError("not the number of a wallet")
    return int(number[3:], 16)


def is_wallet(number: str) -> bool:
    """Whether this number is a wallet's rather than a bank account's."""
    return number.startswith(f"{PLATFORM:03}") and number != PLATFORM_ACCOUNT


def where(bank: int) -> str:
    """The account or wallet, for people."""
    return "wallet" if bank == PLATFORM else f"account at bank {bank}"
