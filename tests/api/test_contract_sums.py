"""The money of a contract: each unit of the price is held, released, refunded or left to pay."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from domain.payments import PaymentState
from market.contracts import WholeContract, sums_of
from store.deals.contracts import Contract
from store.deals.deals import Deal
from store.payments.payments import Payment
from store.payments.refunds import Refund


@pytest.mark.parametrize(
    ("state", "split", "given_back", "expected"),
    [
        ("completed", None, [], "100 0 100 0 0"),
        ("completed", None, [30], "100 0 70 30 0"),
        ("funded", 40, [], "100 0 60 40 0"),  # decided; the refund of the part follows
        ("split", 40, [40], "100 0 60 40 0"),
        ("split", 40, [40, 10], "100 0 50 50 0"),
    ],
)
def test_what_is_released_and_refunded_is_never_the_same_money(
    state: str, split: int | None, given_back: list[int], expected: str
) -> None:
    deal = Deal(id=uuid4(), state=state, price_minor=100, split_minor=split, released_at=datetime.now(UTC))
    payment = Payment(state=PaymentState.COMPLETED, amount_minor=100)
    refunds = [Refund(amount_minor=minor) for minor in given_back]
    sums = sums_of(WholeContract(Contract(currency="RUB"), [deal]), {deal.id: [payment]}, {deal.id: refunds})
    shown = (sums.price, sums.held, sums.released, sums.refunded, sums.left)
    assert " ".join(str(money.minor) for money in shown) == expected
