"""Names of operations and of their legs in the ledger."""

from __future__ import annotations

import re
import secrets
from typing import Final

_KEY: Final = re.compile(r"op-([0-9]{3})-[0-9a-f]{20}", re.ASCII)


def new_operation_key(bank_id: int) -> str:
    """A new key: the bank that holds the operation, and 80 random bits."""
    return f"op-{bank_id:03d}-{secrets.token_hex(10)}"


def bank_of_operation(key: str) -> int | None:
    """The bank in an operation's key, or None for a key that is not ours."""
    match = _KEY.fullmatch(key)
    return int(match[1]) if match else None


def principal_leg(key: str) -> str:
    return f"{key}/principal"


def fee_leg(key: str) -> str:
    return f"{key}/fee"


def end_of(leg: str, step: str) -> str:
    """The ledger key of the capture or void of a held leg."""
    return f"{leg}/{step}"


def netting_leg(key: str) -> str:
    """The leg by which an account repays its debt to the guarantee account; `key` may also be a deposit's."""
    return f"{key}/netting"


def debt_leg(key: str) -> str:
    """The leg that lowers the debt by what the netting leg paid."""
    return f"{key}/debt"


def part_leg(key: str, number: int, step: str) -> str:
    """A leg of the `number`-th part of the refund `key`. `step`: taken (from payee or guarantee), debt, reroute."""
    return f"{key}/part/{number}/{step}"


def given_leg(key: str) -> str:
    """The one leg that pays the principal of the refund `key`, from all its sources, to its recipient."""
    return f"{key}/given"


def passed_leg(leg: str) -> str:
    """The leg by which the payer's bank passes on the amount of the leg `leg` to an account at another bank."""
    return f"{leg}/passed"


def reroute_leg(key: str) -> str:
    """The leg that moves a debt to another bank when the credit goes elsewhere than the debit expected."""
    return f"{key}/reroute"


def payout_leg(key: str, step: str = "") -> str:
    """A leg of the payout `key`: `paid` or `returned`; without a step the name of its netting."""
    return f"payout/{key}/{step}" if step else f"payout/{key}"


def remittance_leg(key: str, step: str = "") -> str:
    """A leg of the remittance `key`: `principal`, `fee` or `passed`, or of its return: `returned` or `given`.

    Without a step the name of its netting.
    """
    return f"remittance/{key}/{step}" if step else f"remittance/{key}"
