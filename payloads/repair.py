"""What a repair's workflow, update and activities write to Temporal's history: who, what and why; no secrets."""

from __future__ import annotations

from dataclasses import dataclass, field

from payloads.payment import BankAnswer


@dataclass(frozen=True)
class RepairOrder:
    """A committed repair, as it is told to the workflow that it is about. `amount` is a text for people (`300.00 RUB`).

    `key` is the bank key of the call whose result is forced to be `result`; `requested_by` and `approved_by` are ids
    of operators; `pay_by` is RFC 3339 UTC.
    """

    repair_id: str
    deal_id: str
    payment_id: str | None
    kind: str
    reason: str
    amount: str
    requested_by: str
    approved_by: str | None = None
    evidence: str | None = None
    key: str | None = None
    result: str | None = None
    pay_by: str | None = None


@dataclass(frozen=True)
class RepairRef:
    repair_id: str


@dataclass(frozen=True)
class RepairView:
    """Where a repair stands; `tombstone` while the bank must first promise that a debit will never be done.

    `decided` lists payments that were decided about when it was carried out and that want to be told, `refunds` what
    goes back of a payment and is tried again.
    """

    repair_id: str
    state: str
    tombstone: bool = False
    decided: list[str] = field(default_factory=list)
    refunds: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class RepairTold:
    """Whether the workflow that a repair is about took it; `refused_code` says why not."""

    refused_code: str | None = None


@dataclass(frozen=True)
class RepairRejected:
    repair_id: str
    code: str


@dataclass(frozen=True)
class RepairAnswer:
    """A bank's final answer about a repair: to the tombstone, or to the call whose result was forced."""

    repair_id: str
    answer: BankAnswer | None = None
