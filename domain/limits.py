"""Bounds on lengths of texts and times, in force for every front."""

from __future__ import annotations

from typing import Final

MAX_REASON: Final = 500
"""Characters of the reason that a party, a seller or an operator gives."""
MAX_DETAILS: Final = 500
"""Characters that the ledger keeps with a transfer."""
MAX_PAY_WITHIN_S: Final = 366 * 24 * 3600
"""Seconds from purchase, or from a seller's confirmation, to payment deadline."""
MAX_ANSWER_WITHIN_S: Final = 92 * 24 * 3600
"""Seconds from a proposal to the deadline of its answer: three months, for a seller who is away."""
MAX_DESCRIPTION: Final = 10_000
"""Characters that describe an offer or a service."""
