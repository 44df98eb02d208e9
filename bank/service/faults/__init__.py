"""Fault injection: a bank that is late, busy, silent or wrong, for tests of its callers. Off unless switched on.

`gate.py` is called when a request starts its work, and handles faults before the work. `middleware.py` wraps the whole
program, and handles faults of the answer. Nothing else of the bank knows of faults.
"""

from __future__ import annotations

from bank.service.faults.gate import FaultGate
from bank.service.faults.middleware import Misbehaving
from bank.service.faults.silence import Stopping

__all__ = ["FaultGate", "Misbehaving", "Stopping"]
