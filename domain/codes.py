"""The rules of confirmation codes: the market's, what it allows to be requested from a bank, and the bank's own.

The only place of these numbers. The CHECKs of both databases and their audits (rule 16 of `docs/invariants.md`) repeat
them in SQL; tests compare them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from domain.errors import Conflict

CODE_LIFE: Final = timedelta(minutes=10)  # a mail takes seconds; a code that stays valid in a mailbox is a risk
CODE_PAUSE: Final = timedelta(seconds=30)  # a mailbox must not be flooded, and mail takes a moment
MAX_CODES: Final = 3  # per subject; more would look like an attack on the mailbox
MAX_TRIES: Final = 5  # per code: 40 random bits, so five guesses have no real chance
# For each a code is mailed to the payer. Nobody pays from so many accounts at the same time.
MAX_UNCONFIRMED: Final = 10


def may_begin_unconfirmed(unconfirmed: int) -> None:
    """Refuses one more payment or withdrawal of a person who has this many that no code has confirmed."""
    if unconfirmed >= MAX_UNCONFIRMED:
        raise Conflict(
            "too_many_unconfirmed", f"{MAX_UNCONFIRMED} wait for a code already: confirm these first, or cancel some."
        )
