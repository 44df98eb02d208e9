from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from api.fields import CurrencyCode, Moment
from edge.wire import CleanText, Wire, utc, utc_or_none
from store.banks.accounts import Account


class AccountIn(Wire):
    number: Annotated[CleanText, Field(max_length=64, examples=["007a1b2c3d4e5"])]
    currency: CurrencyCode
    payout: Annotated[
        bool, Field(description="Payouts in this currency go here, as soon as the account is confirmed.")
    ] = False


class AccountOut(Wire):
    """An account can be used once it is `confirmed`: its owner has entered a code from the bank."""

    id: str
    user_id: str
    bank_id: int
    number: str
    currency: str
    payout: bool
    payout_from: Annotated[Moment | None, Field(description="From when payouts go to this account.")]
    state: Literal["unconfirmed", "confirmed"]
    confirmed_at: Moment | None
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
            payout_from=utc_or_none(account.payout_from),
            state="unconfirmed" if account.confirmed_at is None else "confirmed",
            confirmed_at=utc_or_none(account.confirmed_at),
            created_at=utc(account.created_at),
        )


class AccountsOut(Wire):
    items: list[AccountOut]
    next: None
    """A user has a handful of accounts: they come in one page."""


class CodeAskedOut(Wire):
    """The bank has sent a code to the account's owner."""

    account: AccountOut
    expires_at: Moment
