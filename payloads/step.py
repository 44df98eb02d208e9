"""What every step is given besides its reference."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class StepInput:
    """`put_off_s`: a limit of the bank has put the step off, by so many seconds from the start of its activity."""

    put_off_s: float | None = None
