"""What a confirmation code confirms, and when it was entered. How many codes and tries there are: `domain/codes.py`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from domain.money import Money

# Maximum age of a given submission time: our outage of a day must not expire a code entered in time.
BELIEVED_FOR: Final = timedelta(hours=24)


def binding(operation_key: str, amount: Money, fee: Money, payee_account: str) -> str:
    """What a code confirms. A code's digest with any other binding is another digest."""
    return "\0".join((operation_key, str(amount.minor), str(fee.minor), amount.currency, payee_account))


def access_binding(access_key: str, caller: str, number: str) -> str:
    """As `binding`, of a code that lets `caller` see the account `number`."""
    facts = (access_key, "access", caller, number)
    return "\0".join(facts)


def ownership_binding(access_key: str, caller: str, number: str, reference: str) -> str:
    """As `binding`, for a code by which the owner confirms to `caller` that they own the account `number`."""
    facts = (access_key, "ownership", caller, number, reference)
    return "\0".join(facts)


def judged_at(submitted_at: datetime, created_at: datetime, now: datetime) -> datetime:
    """The time by which a code's expiry is judged: `submitted_at` if it is credible, else `now`.

    Credible when not before the code was created, not in the future and not older than `BELIEVED_FOR`.
    All three are aware; `created_at` and `now` are by the bank database's clock.
    """
    believed = created_at <= submitted_at <= now and now - submitted_at <= BELIEVED_FOR
    return submitted_at if believed else now
