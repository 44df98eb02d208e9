"""The house as a bank of its own, number 0, where every wallet is an account.

A wallet's number looks like that of an account at a bank: three digits of the bank, ten hex digits. So rows, steps and
statements name a wallet where they name an account, and nothing else has to know which of the two it is.
"""

from __future__ import annotations

from typing import Final

HOUSE: Final = 0
"""The house's number where a bank's is asked for; no bank has it."""

HOUSE_ACCOUNT: Final = "0000000000000"
"""The house itself as a payee: what it earns and does not carry to any bank."""


def wallet_number(account_id: int) -> str:
    """The number of the wallet with this ledger account; raises ValueError for an id that is none."""
    if not 0 < account_id < 16**10:
        raise ValueError(f"no account of a wallet: {account_id}")
    return f"{HOUSE:03}{account_id:010x}"


def ledger_account_of(number: str) -> int:
    """The ledger account of the wallet with this number; raises ValueError for any other number."""
    if not is_wallet(number):
        raise ValueError("not the number of a wallet")
    return int(number[3:], 16)


def is_wallet(number: str) -> bool:
    """Whether an account with this number is a wallet, and not an account at a bank."""
    return number.startswith(f"{HOUSE:03}") and number != HOUSE_ACCOUNT


def in_the_house(number: str) -> bool:
    """Whether money for this account stays in the house's own ledger."""
    return number.startswith(f"{HOUSE:03}")
