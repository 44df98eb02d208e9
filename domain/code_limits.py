"""Limits on wrong codes, and on amounts waiting for a code, so that one person's guesses block nobody else.

The market applies them before it calls a bank or takes money from a wallet. They cover codes of every kind together:
for payments from accounts and wallets, for withdrawals, and for accounts waiting for their owner's confirmation.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from domain.errors import Conflict, TooMany

WINDOW: Final = timedelta(minutes=10)
# More than all tries of one payment: typing mistakes pass, guessing soon does not.
WRONG_PER_USER: Final = 20
WRONG_PER_ACCOUNT: Final = 20
# Only many people at once reach it. The bank sees all marketplaces as one caller, and allows that caller far more.
WRONG_PER_MARKETPLACE: Final = 300
# For each a code is mailed to the payer. Nobody pays from so many accounts at the same time.
MAX_UNCONFIRMED: Final = 10


def too_many_wrong_codes(wait_s: int) -> TooMany:
    """A code that is not even checked: it may be sent again, and does not count as a try."""
    detail = "Too many codes were wrong lately. This one was not looked at; try it again later."
    return TooMany("too_many_wrong_codes", detail, max(1, wait_s))


def may_begin_unconfirmed(unconfirmed: int) -> None:
    """Refuses one more payment or withdrawal of a person who has this many that no code has confirmed."""
    if unconfirmed >= MAX_UNCONFIRMED:
        raise Conflict(
            "too_many_unconfirmed", f"{MAX_UNCONFIRMED} wait for a code already: confirm these first, or cancel some."
        )
