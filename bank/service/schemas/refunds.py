from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field

from bank.service.acts.refunds import Refunded
from bank.service.rules.refunds import MAX_OPERATIONS, CreditShare
from bank.service.schemas.common import AccountNumber, Amount, CurrencyCode, OperationKey, Reference, together
from bank.service.schemas.operations import OperationOut
from domain.errors import Malformed
from domain.money import Money, parse_money
from edge.wire import Wire, one_of


def _unique(keys: list[str]) -> list[str]:
    if len(set(keys)) < len(keys):
        raise ValueError("each operation is named once")
    return keys


Keys = Annotated[
    list[OperationKey],
    Field(min_length=1, max_length=MAX_OPERATIONS, json_schema_extra={"uniqueItems": True}),
    AfterValidator(_unique),
]
_ONE_DEBIT: dict[str, Any] = {
    "anyOf": [
        {"properties": {"credits": {"type": "null"}}},
        {
            "required": ["operation_keys", "amount"],
            "properties": {"operation_keys": {"type": "array", "maxItems": 1}, "amount": {"type": "string"}},
        },
    ]
}
_SHAPE: dict[str, Any] = {"allOf": [one_of("operation_keys", "reference"), together("amount", "currency"), _ONE_DEBIT]}


class CreditShareIn(Wire):
    """The part of the amount to claw back from one credit."""

    operation_key: OperationKey
    amount: Amount


def _each_once(shares: list[CreditShareIn]) -> list[CreditShareIn]:
    _unique([share.operation_key for share in shares])
    return shares


CreditShares = Annotated[list[CreditShareIn], Field(min_length=1, max_length=10), AfterValidator(_each_once)]


class RefundIn(Wire):
    """Names debits by their keys or by their reference."""

    model_config = ConfigDict(json_schema_extra=_SHAPE)

    operation_keys: Keys | None = None
    reference: Reference | None = None
    amount: Amount | None = None
    """Absent: all that is left of each. Otherwise taken from the operations in order, each fully before the next.
    """
    currency: CurrencyCode | None = None
    credits: CreditShares | None = None
    """Credits out of the one debit named, with their parts of the amount; the rest comes from the others."""
    payee_account: AccountNumber | None = None
    """Who receives captured money when the payer's account is closed; refused while it is open."""
    fee: Literal["returned", "kept"]
    """The marketplace's policy for this refund. The fee of money still held always goes back with it."""

    def money(self) -> Money | None:
        """Raises `Malformed`: `missing_field` for an amount without currency, and as `parse_money`."""
        if self.amount is None and self.currency is None:
            return None
        if self.amount is None or self.currency is None:
            name = "amount" if self.amount is None else "currency"
            raise Malformed("missing_field", "An amount has a currency.", name)
        return parse_money(self.amount, self.currency)

    def named(self) -> tuple[list[str] | None, str]:
        """The keys, or None and the reference; raises `Malformed` with both, or neither."""
        if self.operation_keys is None and self.reference is None:
            raise Malformed("missing_field", "Operations are named by keys or by reference.", "operation_keys")
        if self.operation_keys is not None and self.reference is not None:
            raise Malformed("invalid_field", "Operations are named by keys or by reference, not both.", "reference")
        if self.credits is not None and len(self.operation_keys or ()) != 1:
            raise Malformed("invalid_field", "Credits are named with their one debit.", "credits")
        if self.credits is not None and self.amount is None:
            raise Malformed("missing_field", "Credits are shares of an amount.", "amount")
        return self.operation_keys, self.reference or ""

    def shares(self) -> list[CreditShare]:
        """Raises `Malformed`, as `parse_money`."""
        currency = self.currency or ""
        return [
            CreditShare(share.operation_key, parse_money(share.amount, currency).minor) for share in self.credits or ()
        ]


class PartOut(Wire):
    """`credit` was clawed back, from its payee or the guarantee account; null: it was never paid out."""

    origin: Literal["uncredited", "payee", "guarantee"]
    credit: str | None
    amount: Amount


class RefundOut(Wire):
    """The refund of one debit. `amount` is the sum of the four `from_` amounts; `fee` goes back in addition."""

    source: str
    operation: OperationOut
    """The refund; the debit itself, now void, when its money was still held."""
    amount: Amount
    fee: Amount
    currency: CurrencyCode
    from_hold: Amount
    from_uncredited: Amount
    from_payee: Amount
    from_guarantee: Amount
    """Paid by the platform's guarantee account; the payee then owes it."""
    parts: list[PartOut]
    """The sources of the amount; none when it was still held."""

    @classmethod
    def of(cls, refunded: Refunded) -> RefundOut:
        currency = refunded.source.currency

        def total(origin: str) -> str:
            return Money(sum(part.amount_minor for part in refunded.parts if part.origin == origin), currency).amount

        held = refunded.was_held
        return cls(
            source=refunded.source.key,
            operation=OperationOut.of(refunded.operation),
            amount=Money(refunded.amount_minor, currency).amount,
            fee=Money(refunded.fee_minor, currency).amount,
            currency=currency,
            from_hold=Money(refunded.amount_minor if held else 0, currency).amount,
            from_uncredited=total("uncredited"),
            from_payee=total("payee"),
            from_guarantee=total("guarantee"),
            parts=[
                PartOut(origin=part.origin, credit=part.credit, amount=Money(part.amount_minor, currency).amount)
                for part in refunded.parts
            ],
        )


class RefundsOut(Wire):
    items: list[RefundOut]
