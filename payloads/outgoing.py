"""What the steps of outgoing transactions write to Temporal's history: names and states, never a signature."""

from __future__ import annotations

from dataclasses import dataclass

from payloads.step import StepInput


@dataclass(frozen=True)
class OutgoingRef(StepInput):
    """What was ordered, and the step that is next by the last answer; the row decides."""

    about: str
    name: str = "build"


@dataclass(frozen=True)
class OutgoingView:
    """Where the newest number of what was ordered stands. `step` is next; none once it is final.

    `wait_s`: the signer's limit of the day is reached, for so long by the market's clock.
    """

    about: str
    number: int
    state: str
    step: str | None = None
    wait_s: float = 0.0
    final: bool = False
    flagged: bool = False
    txid: str = ""
    result: str = ""
