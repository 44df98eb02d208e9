"""Holds between wallets: money stays in the payer's wallet until it is captured for the payee, or free again."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from domain.states import Machine


class HoldState(StrEnum):
    """An open hold ends once."""

    OPEN = "open"
    CAPTURED = "captured"
    VOIDED = "voided"
    EXPIRED = "expired"


FINAL: Final = frozenset(HoldState) - {HoldState.OPEN}
TRANSITIONS: Final = frozenset((HoldState.OPEN, end) for end in FINAL)
MACHINE: Final = Machine({HoldState.OPEN}, TRANSITIONS)
