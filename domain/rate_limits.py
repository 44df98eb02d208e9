"""Every rate limit of the market: what is counted, how often it may happen, and within what time.

The only place of these numbers. Limits are counted in two ways. A subject that a stranger may name, such as a login or
an address, has a counter (`store/operations/rate_limits.py`): invented names cannot enlarge the table. A wrong code
belongs to a known person, and is a row (`store/payments/wrong_codes.py`): a repeated request counts once, and a code
that proves right is forgiven. A person's codes of every kind count together: of payments from accounts and from
wallets, of withdrawals, and of accounts that wait for their owner's confirmation.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from domain.errors import TooMany


@dataclass(frozen=True, slots=True)
class RateLimit:
    """Of `what`, `most` within `window`."""

    what: str
    most: int
    window: timedelta


_LOG_IN: Final = timedelta(minutes=15)
# Wrong passwords. One person at one address mistypes; an address may be an office; a login tried from many addresses is
# being guessed, but a few strangers must not lock its owner out.
LOGIN_FROM_ADDRESS: Final = RateLimit("login and address", 10, _LOG_IN)
LOGINS_FROM_ADDRESS: Final = RateLimit("address", 100, _LOG_IN)
LOGIN: Final = RateLimit("login", 100, _LOG_IN)
# A device that has logged in with this login before: its tries and those of others are counted separately.
LOGIN_FROM_DEVICE: Final = RateLimit("device", 10, _LOG_IN)

# Requests for a link by mail. Each may send a mail to a person who did not ask for it.
MAILS_FROM_ADDRESS: Final = RateLimit("requests from address", 30, _LOG_IN)
MAILS_TO_MAILBOX: Final = RateLimit("mails to mailbox", 5, _LOG_IN)

_CODES: Final = timedelta(minutes=10)
# More than all tries of one payment: typing mistakes pass, guessing soon does not.
WRONG_CODES_OF_PERSON: Final = RateLimit("wrong codes of a person", 20, _CODES)
WRONG_CODES_OF_ACCOUNT: Final = RateLimit("wrong codes about an account", 20, _CODES)
# Only many people at once reach it. The bank sees all marketplaces as one caller, and allows that caller far more.
WRONG_CODES_OF_MARKETPLACE: Final = RateLimit("wrong codes in a marketplace", 300, _CODES)

# Nobody types faster; what a program says on behalf of a person is bounded, too.
MESSAGES_OF_PERSON: Final = RateLimit("messages of a person", 60, timedelta(minutes=1))


def too_many_messages(wait_s: int) -> TooMany:
    """A message that is not stored: it may be sent again later."""
    return TooMany("too_many_messages", "Too many messages in a short time. Send it again later.", max(1, wait_s))


def too_many_wrong_codes(wait_s: int) -> TooMany:
    """A code that is not even checked: it may be sent again, and does not count as a try."""
    detail = "Too many codes were wrong lately. This one was not looked at; try it again later."
    return TooMany("too_many_wrong_codes", detail, max(1, wait_s))
