"""Calls that pay the marketplace's own money to an account, and the later state of such a payout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from pydantic import TypeAdapter

from bank.calls import Call, Moment, with_money
from bank.errors import Contradiction
from domain.money import Money


@dataclass(frozen=True, slots=True)
class Payout:
    """`returned_at`: the payee's bank returned all of it. Times are the bank's, UTC."""

    key: str
    amount: Money
    fee: Money
    payee_account: str
    reference: str
    created_at: Moment
    returned_at: Moment | None


def payout(key: str, payee_account: str, amount: Money, expected_fee: Money, reference: str) -> Call[Payout]:
    """Pays `amount` to `payee_account`; refused with `fee_changed` if the fee is not `expected_fee`."""
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


_PAYOUT: Final = TypeAdapter(Payout)


def read_payout(answer: Mapping[str, Any]) -> Payout:
    """Raises `ValueError`, `KeyError`, `TypeError` or `Malformed` for another shape."""
    return _PAYOUT.validate_python(with_money(answer, amounts=("amount",), fees=("fee",)))


def _as_asked(expected: Mapping[str, object], answer: Mapping[str, Any]) -> Payout:
    paid = read_payout(answer)
    for name, value in expected.items():
        if getattr(paid, name) != value:
            raise Contradiction(name)
    return paid
