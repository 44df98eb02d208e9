"""The chain is read: blocks are booked as they come, and what is held back is confirmed."""

from __future__ import annotations

from typing import Final

from audit.check import Check
from store.chain.providers import TROUBLE

_HELD_BACK: Final = """
SELECT CASE WHEN state = 'held_back'
    THEN format('incoming transfer %s (%s) over %s %s is held back: the second provider does not report it', id,
                external_id, amount_minor, currency) END,
    seen_at + interval '9 minutes'  -- which is long enough for a provider to catch up
FROM incoming_transfers WHERE gateway = 'usdt_tron'
"""

CHECKS: Final = (
    Check(
        "the_chain_is_read",
        18,
        "Blocks are booked as they become final: the provider gives them, and each continues what is booked.",
        "chain_providers WHERE name = 'tron/first'",
        TROUBLE,
        graced=True,
        rare=True,
    ),
    Check(
        "held_back_money_is_confirmed",
        18,
        "What the second provider has not confirmed yet is held back for a short time only.",
        "incoming_transfers WHERE gateway = 'usdt_tron'",
        _HELD_BACK,
        graced=True,
        rare=True,
    ),
)
