"""What an override's workflow, update and activities write to Temporal's history: who, what and why; no secrets."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class OverrideOrder:
    """A committed override, as the workflow that it is about receives it. `amount` is a text for people (`300.00 RUB`).

    `key` is the bank key of the call whose result is forced to be `result`; `requested_by` and `approved_by` are ids
    of operators; `pay_by` is RFC 3339 UTC.
    """

    override_id: str
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
class OverrideRef:
    override_id: str


@dataclass(frozen=True)
class OverrideView:
    """An override's state; `tombstone` while the bank must first promise that a debit will never be done."""

    override_id: str
    state: str
    tombstone: bool = False


@dataclass(frozen=True)
class OverrideResponse:
    """Whether the workflow that the override concerns accepted it; otherwise `refused_code` is the reason."""

    refused_code: str | None = None
