"""What a payment's workflow and its activities write to Temporal's history: references and answers, never a code."""

from __future__ import annotations

from dataclasses import dataclass, field

from payloads.step import StepInput


@dataclass(frozen=True)
class PaymentOrder:
    """Starts a payment's workflow. `amount` and `fee` are texts for people (`300.00 RUB`); `rail`: bank or wallet.

    `payer_bank` and `payee_bank` are for people too; 0 is the platform, where wallets are. `authorised`: its deal took
    it from the buyer's wallet, and it needs no code.
    """

    payment_id: str
    deal_id: str
    buyer_id: str
    seller_id: str
    currency: str
    amount: str
    fee: str
    rail: str = "bank"
    payer_bank: int = 0
    payee_bank: int = 0
    authorised: bool = False


@dataclass(frozen=True)
class Hint:
    """What a signal says was written down: the number of the code asked for, or of the attempt submitted, or that
    all money of a deal has moved, and its closing statement can be compared.

    It may be old, doubled or lost: it only chooses which step looks at the rows.
    """

    code: int | None = None
    attempt: int | None = None
    closing: bool = False


@dataclass(frozen=True)
class PaymentRef(StepInput):
    payment_id: str


@dataclass(frozen=True)
class CodeRef(StepInput):
    """The `number`-th code of a payment. A hint: what is mailed is the code that the rows want."""

    payment_id: str
    number: int


@dataclass(frozen=True)
class AttemptRef(StepInput):
    """The `number`-th submission of a code. A hint: the activity sends the first that the rows have unresolved."""

    payment_id: str
    number: int


@dataclass(frozen=True)
class StepRef(StepInput):
    """A planned step; `name` is one of domain.payments.Step."""

    payment_id: str
    name: str
    number: int


@dataclass(frozen=True)
class BankAnswer:
    """A rail's final answer: done, or refused with its code. An unknown outcome is never an answer.

    `operation` is the bank's operation key, `expires_at` the expiry of a mailed code (bank clock, RFC 3339). `forced`
    is the id of the operator's override that replaces a missing answer. With `delay_reason` it is no answer yet: the
    bank has a limit, and is asked the same again after `delay_s` seconds.
    """

    done: bool
    operation: str | None = None
    refused_code: str | None = None
    expires_at: str | None = None
    forced: str | None = None
    delay_reason: str | None = None
    delay_s: int | None = None


@dataclass(frozen=True)
class PaymentView:
    """A payment's state, and the next thing to do about it, as the rows say.

    `code` and `attempt` are the numbers of what waits to be passed on to the bank; `steps` are the planned steps not
    yet answered, in order; `pay_by` is the deal's deadline, RFC 3339 UTC. In `wait_s` seconds there is something to do
    without any news. `delay_reason` and `delayed_until` (RFC 3339) describe a lasting limit of the bank.
    """

    payment_id: str
    state: str
    opened: bool = False
    code: int | None = None
    attempt: int | None = None
    decision: str | None = None
    steps: list[StepRef] = field(default_factory=list)
    final: bool = False
    flagged: bool = False
    pay_by: str | None = None
    wait_s: float | None = None
    delay_reason: str | None = None
    delayed_until: str | None = None
