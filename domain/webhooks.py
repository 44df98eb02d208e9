"""Webhooks to marketplaces: states of endpoints and deliveries, and when a failed one is tried again."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from domain.states import Machine


class EndpointState(StrEnum):
    ENABLED = "enabled"
    DISABLED = "disabled"  # by its marketplace, or because it answered 410: nothing is sent
    DELETED = "deleted"


_E = EndpointState
MACHINE: Final = Machine(
    {_E.ENABLED},
    frozenset(
        {(_E.ENABLED, _E.DISABLED), (_E.DISABLED, _E.ENABLED), (_E.ENABLED, _E.DELETED), (_E.DISABLED, _E.DELETED)}
    ),
)


class DeliveryState(StrEnum):
    WAITING = "waiting"
    DELIVERED = "delivered"
    PARKED = "parked"  # given up after the last try, until its marketplace asks for it again
    DROPPED = "dropped"  # its endpoint was deleted


_D = DeliveryState
DELIVERIES: Final = Machine(
    {_D.WAITING},
    frozenset(
        {
            (_D.WAITING, _D.DELIVERED),
            (_D.WAITING, _D.PARKED),
            (_D.WAITING, _D.DROPPED),
            (_D.DELIVERED, _D.WAITING),
            (_D.PARKED, _D.WAITING),
        }
    ),
)

# After each failed try, in seconds; Standard Webhooks proposes these: 75 hours and 35 minutes in all.
PAUSES_S: Final = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
GIVE_UP_AFTER_S: Final = sum(PAUSES_S)

# After so many failures in a row, of any events, the whole endpoint is down: it is then asked by one
# delivery at a time.
DOWN_AFTER: Final = 4
LONGEST_PAUSE_S: Final = 3_600  # of an endpoint that is down: an hour after it is up again it has everything

MAX_ENDPOINTS: Final = 20
SECRET_LASTS_S: Final = 86_400  # the replaced secret signs too for so long
MAX_REDELIVERED: Final = 10_000


def pause_s(tries: int, waited_s: float) -> int | None:
    """How long a delivery waits after its `tries`-th failed try, `waited_s` after it began to; None: it is parked."""
    return None if waited_s >= GIVE_UP_AFTER_S else PAUSES_S[min(tries, len(PAUSES_S)) - 1]


def down_s(failures: int) -> int | None:
    """How long an endpoint is left alone after so many failures in a row; None: it is not down."""
    over = failures - DOWN_AFTER
    return None if over < 0 else min(60 << min(over, 20), LONGEST_PAUSE_S)
