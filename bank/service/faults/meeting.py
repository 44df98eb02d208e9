"""What one request has met: noted at the gate, acted on by the middleware once the program has answered."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field

from bank.service.faults.rules import Drawn
from bank.service.requests.gate import Arrived


@dataclass(slots=True)
class Meeting:
    """`arrived` is None until the request has come to the gate; one that never does is left alone."""

    arrived: Arrived | None = None
    drawn: Drawn = field(default_factory=Drawn)


MEETING: ContextVar[Meeting] = ContextVar("meeting")
