"""Calls that pay the marketplace's own money out to an account, and what became of them later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from bank.calls import Call, read_fee
from bank.errors import Contradiction
from domain.money import Money, parse_money


@dataclass(frozen=True, slots=True)
class Payout:
    """`returned_at`: the payee's bank sent all of it back. Times are the bank's, UTC."""

    key: str
    amount: Money
    fee: Money
    payee_account: str
    reference: str
    created_at: datetime
    returned_at: datetime | None


def payout(key: str, payee_account: str, amount: Money, expected_fee: Money, reference: str) -> Call[Payout]:
    """Pays `amount` to `payee_account`; refused with `fee_changed` when the fee is not `expected_fee`."""
    body = {
        "payee_account": payee_account,
        "amount": amount.amount,
        "currency": amount.currency,
        "expected_fee": expected_fee.amount,
        "reference": reference,
    }
    expected: dict[str, object] = {
        "amount": amount,
        "fee": expected_fee,
        "payee_account": payee_account,
        "reference": reference,
    }
    return Call(key, "/payouts", body, partial(_as_asked, expected))


def read_payout(answer: Mapping[str, Any]) -> Payout:
    """Raises `ValueError`, `KeyError`, `TypeError` or `Malformed` on another shape."""
    names = ("key", "currency", "payee_account", "reference")
    if any(not isinstance(answer[name], str) for name in names):
        raise TypeError("a string is missing")
    currency, returned_at = answer["currency"], answer["returned_at"]
    return Payout(
        key=answer["key"],
        amount=parse_money(answer["amount"], currency),
        fee=read_fee(answer["fee"], currency),
        payee_account=answer["payee_account"],
        reference=answer["reference"],
        created_at=datetime.fromisoformat(answer["created_at"]).astimezone(UTC),
        returned_at=None if returned_at is None else datetime.fromisoformat(returned_at).astimezone(UTC),
    )


def _as_asked(expected: Mapping[str, object], answer: Mapping[str, Any]) -> Payout:
    paid = read_payout(answer)
    for name, value in expected.items():
        if getattr(paid, name) != value:
            raise Contradiction(name)
    return paid
