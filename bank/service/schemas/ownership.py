from __future__ import annotations

from bank.service.models import Account
from bank.service.schemas.common import CurrencyCode, Reference
from edge.wire import CleanText, Timestamp, Wire


class KnownAccountOut(Wire):
    number: str
    currency: CurrencyCode
    closed: bool

    @classmethod
    def of(cls, account: Account) -> KnownAccountOut:
        return cls(number=account.number, currency=account.currency, closed=account.closed_at is not None)


class OwnershipCodeIn(Wire):
    reference: Reference
    """The caller's own name of the claim that the account is somebody's."""


class OwnershipIn(Wire):
    reference: Reference
    code: CleanText
    submitted_at: Timestamp
    """When the owner entered the code; expiry is judged by it if it is believable and at most a day old."""


class OwnershipOut(Wire):
    account: str
    reference: str
