"""What a refund's workflow and its activities write to Temporal's history: references, answers, amounts."""

from __future__ import annotations

from dataclasses import dataclass, field

from payloads.payment import StepRef
from payloads.step import StepInput


@dataclass(frozen=True)
class RefundOrder:
    """Starts a refund's workflow. `amount` is a text for people (`300.00 RUB`), `cause` one of domain.terms.Cause."""

    refund_id: str
    deal_id: str
    buyer_id: str
    seller_id: str
    currency: str
    amount: str
    cause: str


@dataclass(frozen=True)
class RefundRef(StepInput):
    refund_id: str


@dataclass(frozen=True)
class ClawedBack:
    """A bank's final answer to a step of a refund: done, or refused with the bank's code. Minor units.

    `fee_minor` went back to the payer in addition to the amount, which came from the four sources.
    """

    done: bool
    operation: str | None = None
    refused_code: str | None = None
    fee_minor: int = 0
    from_owed_minor: int = 0
    from_payee_minor: int = 0
    from_guarantee_minor: int = 0
    from_commission_minor: int = 0


@dataclass(frozen=True)
class RefundView:
    """A refund's state, as the rows say.

    `steps` are the planned steps not yet answered, in order; none while an earlier refund of the deal is in progress.
    `retry_in_s`: some were finally refused, and are tried under a new number in that many seconds, by the market
    database's clock, at `retry_at` (RFC 3339 UTC). `closing`: all money is back, and the ended deal's closing statement
    is to be compared; `differences` says what differed, `overtaken` that money moved meanwhile. `refused`: the bank's
    code for the present refusal; `lacking`: where our own money is missing, and at most how much, for people
    (`bank 2: 190.00 RUB`).
    """

    refund_id: str
    state: str
    steps: list[StepRef] = field(default_factory=list)
    retry_in_s: float | None = None
    final: bool = False
    flagged: bool = False
    retry_at: str | None = None
    closing: bool = False
    refused: str | None = None
    lacking: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    overtaken: bool = False
