"""Identity: one function per name that must be the same on every try. Never a run id, a clock or a random number."""

from __future__ import annotations

import hashlib
import re


def workflow_id(workflow: str, row_id: str) -> str:
    """The id of the workflow of a row: `payment-request/{id}` for the workflow `PaymentRequest`."""
    return f"{re.sub('(?<=[a-z])(?=[A-Z])', '-', workflow).lower()}/{row_id}"


def deal_workflow(deal_id: str) -> str:
    return workflow_id("Deal", deal_id)


def payment_workflow(payment_id: str) -> str:
    return workflow_id("Payment", payment_id)


def override_workflow(override_id: str) -> str:
    return workflow_id("Override", override_id)


def tombstone_key(payment_id: str, override_id: str) -> str:
    """The key under which the payer's bank is asked to promise that a payment's debit will never be done."""
    return f"payment/{payment_id}/tombstone/{override_id}"


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


def stray_key(operation: str, step: str) -> str:
    """The key for the `void` or `refund` of an operation that none of our rows knows."""
    return f"stray/{operation}/{step}"


def payment_of_key(bank_key: str) -> str | None:
    """The id of the payment that a key at a bank belongs to; None for any other key."""
    match bank_key.split("/"):
        case ["payment", payment_id, _, *_]:
            return payment_id
    return None


def payment_step_of_key(bank_key: str) -> str | None:
    """The step of a payment that a key at a bank belongs to, such as `debit`; None for any other key."""
    match bank_key.split("/"):
        case ["payment", _, step, *_]:
            return step
    return None


def ledger_key(payment_id: str, leg: str) -> str:
    """The market ledger's key of one transfer that records a step of a payment."""
    return f"payment/{payment_id}/ledger/{leg}"


def netting_key(payment_id: str, credit: int, *, rest: bool = False) -> str:
    """The market ledger's key of the netting from the `credit`-th credit of a payment to the seller's wallet.

    `rest`: the credit of what was kept while an undisputed part was paid out.
    """
    return f"netting/{payment_id}/{'rest/' if rest else ''}{credit}"


def is_clawback_key(bank_key: str) -> bool:
    """Whether a key at a bank belongs to a clawback."""
    match bank_key.split("/"):
        case ["payment", _, "refund", *_]:
            return True
    return False


REDRIVER_WORKFLOW = "redriver"
DIRECTORY_WORKFLOW = "directory"


def movement_key(kind: str, caller: str, key: str) -> str:
    """The market ledger's key of a `deposit` or `transfer` that `caller` requested under their own `key`.

    Hashed, because a caller's key may be longer than the ledger's.
    """
    digest = hashlib.sha256(f"{caller}\0{key}".encode()).hexdigest()
    return f"{kind}/{digest}"


def incoming_key(gateway: str, external_id: str) -> str:
    """The market ledger's key of the credit for an incoming transfer. Hashed as in `movement_key`."""
    return f"incoming/{gateway}/{hashlib.sha256(external_id.encode()).hexdigest()}"


def refused_incoming_key(gateway: str, external_id: str) -> str:
    """The key under which one that its wallet could not take goes to suspense."""
    return f"{incoming_key(gateway, external_id)}/suspense"


def hold_key(hold_id: str) -> str:
    """The market ledger's key of a hold between two wallets."""
    return f"hold/{hold_id}"


def hold_end_key(hold_id: str, end: str) -> str:
    """The market ledger's key of the `capture`, `void` or `expiry` that ends it."""
    return f"hold/{hold_id}/{end}"


EXPIRY_WORKFLOW = "expiry"
STATEMENTS_WORKFLOW = "statements"


def payment_request_key(request_id: str) -> str:
    """The market ledger's key of the transfer for a confirmed payment request."""
    return f"request/{request_id}"


def correction_key(correction_id: str) -> str:
    """The market ledger's key of the transfer for an approved correction of a wallet."""
    return f"correction/{correction_id}"


def resolution_key(resolution_id: str) -> str:
    """The market ledger's key of the transfer by which money leaves suspense."""
    return f"resolution/{resolution_id}"


def return_key(resolution_id: str) -> str:
    """The key under which a bank is asked to return a remittance to its sender."""
    return f"resolution/{resolution_id}/return"


def top_up_workflow(top_up_id: str) -> str:
    return workflow_id("TopUp", top_up_id)


def withdrawal_workflow(withdrawal_id: str) -> str:
    return workflow_id("Withdrawal", withdrawal_id)


def payout_key(withdrawal_id: str, number: int = 1) -> str:
    """The key under which the bank is asked to pay a withdrawal out; a new number only after a final refusal."""
    key = f"withdrawal/{withdrawal_id}/payout"
    return key if number == 1 else f"{key}/{number}"


def withdrawal_of_key(bank_key: str) -> str | None:
    """The id of the withdrawal that a key at a bank belongs to; None for any other key."""
    match bank_key.split("/"):
        case ["withdrawal", withdrawal_id, "payout", *_]:
            return withdrawal_id
    return None


def funded_account(bank_key: str) -> str | None:
    """The platform's account at a bank whose funding is reported under this key; None for any other key."""
    match bank_key.split("/"):
        case ["funding", number, _]:
            return number
    return None


def withdrawal_transfer(withdrawal_id: str) -> str:
    """What transactions of the chain that pay a withdrawal are about; each has a number behind it."""
    return f"withdrawal/{withdrawal_id}"


def withdrawal_leg(withdrawal_id: str, leg: str) -> str:
    """The market ledger's key of the `hold`, `capture`, `void`, `fee` or `return` of a withdrawal."""
    return f"withdrawal/{withdrawal_id}/{leg}"


def sweep_transfer(sweep_id: str, position: int) -> str:
    """What the transfer of one address of a sweep is ordered under; the signer's key has a number after it."""
    return f"sweep/{sweep_id}/{position}/transfer"


def sweep_gas(sweep_id: str, position: int, gas_round: int) -> str:
    """The same for the TRX that the address needs first."""
    return f"sweep/{sweep_id}/{position}/gas/{gas_round}"


def network_fee_key(outgoing_key: str) -> str:
    """The market ledger's key of what the chain burnt for an outgoing transaction."""
    return f"network-fee/{outgoing_key}"


def gas_funding_key(account: str, number: int) -> str:
    """The market ledger's key of TRX that has come to the main wallet or the gas account; numbered from 1."""
    return f"gas-funding/{account}/{number}"
