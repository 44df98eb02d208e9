from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.fields import CurrencyCode, Moment
from edge.wire import CleanText, Wire, utc
from store.accounts import Account


class AccountIn(Wire):
    number: Annotated[CleanText, Field(max_length=64, examples=["007a1b2c3d4e5"])]
    currency: CurrencyCode
    payout: Annotated[bool, Field(description="Payouts in this currency go here from now on.")] = False


class AccountOut(Wire):
    id: str
    user_id: str
    bank_id: int
    number: str
    currency: str
    payout: bool
    created_at: Moment

    @classmethod
    def of(cls, account: Account) -> AccountOut:
        return cls(
            id=str(account.id),
            user_id=str(account.user_id),
            bank_id=account.bank_id,
            number=account.number,
            currency=account.currency,
            payout=account.payout,
            created_at=utc(account.created_at),
        )


class AccountsOut(Wire):
    items: list[AccountOut]
    next: None
    """A user has a handful of accounts: they come in one page."""
