"""The platform as a bank of its own, number 0, where every wallet is an account.

A wallet's number looks like that of an account at a bank: three digits of the bank, ten hex digits. So rows, steps and
statements name a wallet where they name an account, and nothing else has to know which of the two it is.
"""

from __future__ import annotations

from typing import Final

PLATFORM: Final = 0
"""The platform's number where a bank's is asked for; no bank has it."""

PLATFORM_ACCOUNT: Final = "0000000000000"
"""The platform itself as a payee: what it earns and does not carry to any bank."""


def wallet_number(account_id: int) -> str:
    """The number of the wallet with this ledger account; raises ValueError for an id that is none."""
    if not 0 < account_id < 16**10:
        raise ValueError(f"no account of a wallet: {account_id}")
    return f"{PLATFORM:03}{account_id:010x}"


def ledger_account_of(number: str) -> int:
    """The ledger account of the wallet with this number; raises ValueError for any other number."""
    if not is_wallet(number):
        raise ValueError("not the number of a wallet")
    return int(number[3:], 16)


def is_wallet(number: str) -> bool:
    """Whether an account with this number is a wallet, and not an account at a bank."""
    return number.startswith(f"{PLATFORM:03}") and number != PLATFORM_ACCOUNT


def on_the_platform(number: str) -> bool:
    """Whether money for this account stays in the platform's own ledger."""
    return number.startswith(f"{PLATFORM:03}")
