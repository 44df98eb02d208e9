from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bank.service.acts.seeds import Planted
from bank.service.schemas.common import Amount, CurrencyCode
from domain.money import Money
from edge.wire import MAX_INTEGER, Wire


class SeedIn(Wire):
    banks: Annotated[int, Field(ge=1, le=100)] = 10
    clients: Annotated[int, Field(ge=1, le=1000)] = 100
    """Per bank."""
    accounts_per_client: Annotated[int, Field(ge=1, le=100)] = 1
    seed: Annotated[int, Field(ge=0, le=MAX_INTEGER)] = 1
    currency: CurrencyCode = "RUB"
    opening_balance: Amount = "100000.00"
    """On every client's account."""


class SeedOut(Wire):
    bank_ids: list[int]
    clients: int
    accounts: int
    fees: int
    currency: str
    opening_balance: Amount
    digest: str
    """SHA-256 over everything that was created, as it is stored: the same for the same seed in an empty bank."""

    @classmethod
    def of(cls, planted: Planted, opening: Money) -> SeedOut:
        return cls(
            bank_ids=planted.bank_ids,
            clients=planted.clients,
            accounts=planted.accounts,
            fees=planted.fees,
            currency=opening.currency,
            opening_balance=opening.amount,
            digest=planted.digest,
        )
