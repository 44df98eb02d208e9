"""What a payment request's workflow and its activities write to Temporal's history: references and public facts."""

from __future__ import annotations

from dataclasses import dataclass

from payloads.step import StepInput


@dataclass(frozen=True)
class PaymentRequestOrder:
    """Starts a payment request's workflow. `amount` is a text for people (`300.00 RUB`), wallets are ids."""

    request_id: str
    payee_wallet_id: str
    payer_wallet_id: str
    currency: str
    amount: str


@dataclass(frozen=True)
class PaymentRequestRef(StepInput):
    request_id: str


@dataclass(frozen=True)
class PaymentRequestView:
    """A request's state. `wait_s`: how long it can still be answered, by the market database's clock."""

    request_id: str
    state: str
    wait_s: float = 0.0
    final: bool = False
