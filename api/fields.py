"""Fields that several nouns share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Final, Generic, Literal, Self, TypeVar
from uuid import UUID

from fastapi import Path, Query
from pydantic import Field, WithJsonSchema

from domain.errors import Malformed
from domain.money import Money, parse_money
from edge.wire import CleanText, Line, Wire
from fronts.paging import MAX_PAGE_SIZE, page

Row = TypeVar("Row")
Shown = TypeVar("Shown")

# domain.money checks the amount, and answers `bad_amount` to a float and to anything else that is no amount.
_AMOUNT_SCHEMA: Final = {
    "type": "string",
    "pattern": r"^(0|[1-9][0-9]{0,15})(\.[0-9]{1,6})?$",
    "description": "Digits, with at most the currency's decimals.",
    "examples": ["115.60"],
}

AmountText = Annotated[object, WithJsonSchema(_AMOUNT_SCHEMA)]
CurrencyCode = Annotated[CleanText, Field(max_length=8, examples=["RUB"], description="ISO 4217, or USDT.")]
Name = Annotated[Line, Field(min_length=1, max_length=200)]
OfferVersion = Annotated[int, Field(ge=1, le=2**31 - 1)]
Language = Annotated[Literal["en", "ru"], Field(description="The language of mails.")]
Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"}, description="RFC 3339, UTC.")]
# JSON has no ids, so a string is accepted as one although nothing else is coerced.
Id = Annotated[UUID, Field(strict=False)]
IdInPath = Annotated[UUID, Path()]
After = Annotated[UUID | None, Query(description="`next` of the page before, or the last id that was read.")]
Limit = Annotated[int, Query(ge=1, le=MAX_PAGE_SIZE)]


class MoneyIn(Wire):
    """A positive amount of one currency."""

    amount: AmountText
    currency: CurrencyCode

    def money(self, field: str) -> Money:
        """Raises `Malformed` bad_amount, unknown_currency, naming the field below `field`."""
        try:
            return parse_money(self.amount, self.currency)
        except Malformed as wrong:
            raise Malformed(wrong.code, wrong.detail, f"{field}.{wrong.field}") from None


class MoneyOut(Wire):
    amount: Annotated[str, Field(examples=["115.60"])]
    currency: Annotated[str, Field(examples=["RUB"])]

    @classmethod
    def of(cls, money: Money) -> MoneyOut:
        return cls(amount=money.amount, currency=money.currency)


class PageOut(Wire, Generic[Shown]):
    items: list[Shown]
    next: str | None

    @classmethod
    def of(
        cls,
        found: Sequence[Row],
        limit: int,
        show: Callable[[Row], Shown],
        id_of: Callable[[Row], object] = lambda row: row.id,  # type: ignore[attr-defined]  # what is listed has one
    ) -> Self:
        """One page out of `limit + 1` requested rows; `next` is the id after which the next page begins."""
        listed, last = page(found, limit)
        return cls(items=[show(row) for row in listed], next=None if last is None else str(id_of(last)))


class PartyIn(Wire):
    """On whose behalf the marketplace asks: the buyer or the seller of the deal."""

    user_id: Id


class Empty(Wire):
    """An empty object: the address says everything."""
