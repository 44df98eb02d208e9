"""What a withdrawal's workflow and its activities write to Temporal's history: references and answers, never a code."""

from __future__ import annotations

from dataclasses import dataclass

from payloads.outgoing import OutgoingView
from payloads.step import StepInput


@dataclass(frozen=True)
class WithdrawalOrder:
    """Starts a withdrawal's workflow. `amount` and `fee` are texts for people (`300.00 RUB`).

    `gateway` is set for an address on a chain; `bank_id` is then 0.
    """

    withdrawal_id: str
    wallet_id: str
    bank_id: int
    currency: str
    amount: str
    fee: str
    gateway: str | None = None


@dataclass(frozen=True)
class WithdrawalRef(StepInput):
    withdrawal_id: str


@dataclass(frozen=True)
class WithdrawalView:
    """A withdrawal's state. `wait_s`: how long a code, our own money or a return is awaited; market's clock. `payout`:
    the number of the payout asked for at the bank, or of the transaction. `sending`: the newest transaction, to an
    address.
    """

    withdrawal_id: str
    state: str
    wait_s: float = 0.0
    final: bool = False
    flagged: bool = False
    payout: int = 1
    sending: OutgoingView | None = None
