"""The bank's checks of what marketplaces are to be told; as in `audit_checks`."""

from __future__ import annotations

from typing import Final

from bank.service.rules.callbacks import GIVE_UP_AFTER_S
from ledger import Check

GRACE_S: Final = 3_600  # a bank that was down for a while has callbacks that are long due

# One that is open is tried again and again, and some day it is given up; what ended stays ended.
_CALLBACKS_END: Final = f"""
SELECT CASE
    WHEN c.delivered_at IS NOT NULL AND c.given_up_at IS NOT NULL
        THEN format('callback %s was delivered and given up', c.id)
    WHEN coalesce(c.delivered_at, c.given_up_at) IS NULL
        AND c.created_at < clock_timestamp() - interval '{GIVE_UP_AFTER_S + GRACE_S} seconds'
        THEN format('callback %s has not ended since %s', c.id, c.created_at)
    WHEN coalesce(c.delivered_at, c.given_up_at) IS NULL
        AND c.due_at < clock_timestamp() - interval '{GRACE_S} seconds'
        THEN format('callback %s is due since %s and nobody tries it', c.id, c.due_at)
END
FROM operations o FULL JOIN callbacks c ON false
"""  # noqa: S608  # numbers of this package

CALLBACK_CHECKS: Final = (Check("callbacks_end", 19, _CALLBACKS_END),)
