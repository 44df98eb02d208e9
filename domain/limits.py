"""How long texts and times may be, in force for every front."""

from __future__ import annotations

from typing import Final

MAX_REASON: Final = 500
"""Characters of what a party, a seller or an operator says why."""
MAX_DETAILS: Final = 500
"""Characters that the ledger keeps with a transfer."""
MAX_PAY_WITHIN_S: Final = 366 * 24 * 3600
"""Seconds from a purchase to its payment deadline."""
