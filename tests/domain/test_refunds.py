from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Conflict
from domain.fees import commission_of_part, percent_of
from domain.refunds import MAX_REFUNDS_PER_DEAL, Released, may_refund, shares


def _released(amounts: list[int]) -> list[Released]:
    return [Released(sum(amounts[:position]), amount) for position, amount in enumerate(amounts)]


@st.composite
def _partitions(draw: st.DrawFn) -> tuple[list[int], list[int], int]:
    """Amounts paid, amounts refunded one after the other, and a commission."""
    paid = draw(st.lists(st.integers(1, 10_000), min_size=1, max_size=6))
    cuts = draw(st.lists(st.integers(1, sum(paid)), max_size=8, unique=True))
    edges = [0, *sorted(cuts)]
    return paid, [after - before for before, after in itertools.pairwise(edges)], draw(st.integers(0, 5_000))


@given(_partitions())
def test_the_commission_kept_is_that_on_what_is_kept_for_any_partition_of_price_and_refunds(
    partition: tuple[list[int], list[int], int],
) -> None:
    paid, refunds, commission_bp = partition
    price, refunded = sum(paid), 0
    left = [commission_of_part(part.before_minor, part.amount_minor, commission_bp) for part in _released(paid)]
    sellers = [amount - commission for amount, commission in zip(paid, left, strict=True)]
    for amount in refunds:
        for share in shares(_released(paid), refunded, amount, commission_bp):
            left[share.position] -= share.commission_minor
            sellers[share.position] -= share.seller_minor
            assert min(share.commission_minor, share.seller_minor) >= 0 and share.amount_minor > 0
        refunded += amount
        assert sum(left) == percent_of(price - refunded, commission_bp)
        assert sum(left) + sum(sellers) == price - refunded
        assert min(*left, *sellers) >= 0


def test_the_payment_released_last_goes_back_first() -> None:
    found = shares(_released([20_000, 30_000]), 0, 35_000, 500)
    assert [(share.position, share.amount_minor, share.commission_minor) for share in found] == [
        (0, 5_000, 250),
        (1, 30_000, 1_500),
    ]


def test_no_more_is_refunded_than_is_left() -> None:
    with pytest.raises(ValueError):
        shares(_released([500]), 400, 101, 500)
    may_refund(100, 100, 0)
    with pytest.raises(Conflict, match="exceeds_refundable"):
        may_refund(101, 100, 0)
    with pytest.raises(Conflict, match="too_many_refunds"):
        may_refund(1, 100, MAX_REFUNDS_PER_DEAL)
