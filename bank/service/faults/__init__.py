"""Faults on demand: a bank that is late, busy, silent or wrong, for tests of what calls it. Off unless switched on.

`gate.py` stands where a request is let in to its work: what comes before the work happens there. `middleware.py` stands
around the whole program: what becomes of the answer happens there. Nothing else of the bank knows of faults.
"""

from __future__ import annotations

from bank.service.faults.gate import FaultGate
from bank.service.faults.middleware import Misbehaving
from bank.service.faults.silence import Stopping

__all__ = ["FaultGate", "Misbehaving", "Stopping"]
