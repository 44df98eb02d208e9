"""How many codes may be wrong, and how much may wait for a code, so that one person's guesses stop nobody else.

The market keeps these limits before a bank, or the platform, is asked. They hold for the codes of every kind together:
of payments from accounts and from wallets, of withdrawals, and of accounts that wait for their owner's confirmation.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from domain.errors import Conflict, TooMany

WINDOW: Final = timedelta(minutes=10)
# All tries of one payment fit, and a few more: whoever mistypes is not stopped, whoever guesses soon is.
WRONG_PER_USER: Final = 20
WRONG_PER_ACCOUNT: Final = 20
# It takes many people at once to fill it. A bank sees all marketplaces as one caller, and allows that caller far more.
WRONG_PER_MARKETPLACE: Final = 300
# Each has a code mailed to the payer. Nobody pays from so many accounts at the same time.
MAX_UNCONFIRMED: Final = 10


def too_many_wrong_codes(wait_s: int) -> TooMany:
    """A code that is not even looked at: it may come again, and counts as no try."""
    detail = "Too many codes were wrong lately. This one was not looked at; try it again later."
    return TooMany("too_many_wrong_codes", detail, max(1, wait_s))


def may_begin_unconfirmed(unconfirmed: int) -> None:
    """Refuses one more payment, or withdrawal, of somebody who has this many that no code has confirmed."""
    if unconfirmed >= MAX_UNCONFIRMED:
        raise Conflict(
            "too_many_unconfirmed", f"{MAX_UNCONFIRMED} wait for a code already: confirm these first, or cancel some."
        )
