"""Deliveries to webhook endpoints: what is due is tried."""

from __future__ import annotations

from typing import Final

from audit.check import Check
from store.operations.webhook_alarms import AWAITED, LATE_AFTER_S

_MOVE_ON: Final = f"""
SELECT CASE WHEN since + interval '{LATE_AFTER_S} seconds' < now
    THEN format('webhook endpoint %s of marketplace %s: something was due at %s, and nothing has been tried since', id,
                marketplace_id, since) END
FROM ({AWAITED}) a
"""  # noqa: S608  # no input

CHECKS: Final = (
    Check(
        "webhooks_move_on",
        19,
        "An endpoint to which something is due is tried within ten minutes.",
        "webhook_endpoints WHERE state = 'enabled'",
        _MOVE_ON,
        rare=True,
    ),
)
