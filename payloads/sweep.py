"""What a sweep's workflow and its activities write to Temporal's history."""

from __future__ import annotations

from dataclasses import dataclass

from payloads.outgoing import OutgoingView
from payloads.step import StepInput


@dataclass(frozen=True)
class SweepOrder:
    """Starts a sweep's workflow. `total` is a text for people (`300.00 USDT`)."""

    sweep_id: str
    cause: str
    lines: int
    total: str


@dataclass(frozen=True)
class SweepRef(StepInput):
    sweep_id: str


@dataclass(frozen=True)
class SweepView:
    """A sweep's state, and the line that it is at: `position`, with its `address` and `amount` (text).

    `sending` is the transaction that the line waits for; None: it is to be found out what the address needs. `failure`:
    why a line has failed in this step.
    """

    sweep_id: str
    state: str
    final: bool = False
    position: int = 0
    address: str = ""
    amount: str = ""
    line_state: str = ""
    sending: OutgoingView | None = None
    ended: int = 0
    failed: int = 0
    failure: str = ""
    flagged: bool = False


@dataclass(frozen=True)
class SweepsWaiting:
    """Addresses hold enough for a sweep."""

    addresses: bool = False
