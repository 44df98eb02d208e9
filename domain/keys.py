"""Identity: one function per name that must be the same on every try. Never a run id, a clock or a random number."""

from __future__ import annotations

import hashlib


def deal_workflow(deal_id: str) -> str:
    return f"deal/{deal_id}"


def payment_workflow(payment_id: str) -> str:
    return f"payment/{payment_id}"


def operation_key(payment_id: str) -> str:
    """The key under which the payer's bank is asked to open the operation of a payment."""
    return f"payment/{payment_id}/operation"


def code_key(payment_id: str, number: int) -> str:
    """The key under which the bank is asked to mail the payment's `number`-th code (1, 2, 3)."""
    return f"payment/{payment_id}/code/{number}"


def debit_key(payment_id: str, attempt: int) -> str:
    """The key under which the bank is asked to redeem the code of attempt `attempt` and hold the money."""
    return f"payment/{payment_id}/debit/{attempt}"


def step_key(payment_id: str, step: str, number: int) -> str:
    """The key of a step that must succeed in the end; a new number only after a final refusal."""
    return f"payment/{payment_id}/{step}/{number}"


def payment_of_key(bank_key: str) -> str | None:
    """The id of the payment that a key at a bank belongs to; None for a key that is not one of ours."""
    match bank_key.split("/"):
        case ["payment", payment_id, _, *_]:
            return payment_id
    return None


def ledger_key(payment_id: str, leg: str) -> str:
    """The market ledger's key of one transfer that records a step of a payment."""
    return f"payment/{payment_id}/ledger/{leg}"


SWEEP_WORKFLOW = "sweep"
DIRECTORY_WORKFLOW = "directory"


def movement_key(kind: str, caller: str, key: str) -> str:
    """The market ledger's key of a `deposit` or `transfer` that `caller` asked for under his own `key`.

    Hashed, because a caller's key may be longer than the ledger's.
    """
    digest = hashlib.sha256(f"{caller}\0{key}".encode()).hexdigest()
    return f"{kind}/{digest}"


def hold_key(hold_id: str) -> str:
    """The market ledger's key of a hold between two wallets."""
    return f"hold/{hold_id}"


def hold_end_key(hold_id: str, end: str) -> str:
    """The market ledger's key of the `capture`, `void` or `expiry` that ends it."""
    return f"hold/{hold_id}/{end}"


EXPIRY_WORKFLOW = "expiry"
