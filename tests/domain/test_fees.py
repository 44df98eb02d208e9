from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from domain.fees import FeeRule, commission_of_part, percent_of

AMOUNTS = st.integers(1, 10**15)
PERCENTS = st.integers(0, 5_000)


@given(st.lists(st.integers(1, 10**12), min_size=1, max_size=20), PERCENTS)
def test_commission_on_any_partition_equals_commission_on_the_sum(parts: list[int], percent_bp: int) -> None:
    taken = [commission_of_part(sum(parts[:i]), part, percent_bp) for i, part in enumerate(parts)]
    assert sum(taken) == percent_of(sum(parts), percent_bp)
    assert all(0 <= commission <= part for commission, part in zip(taken, parts, strict=True))


def test_percents_are_rounded_half_up_once() -> None:
    assert [percent_of(amount, 500) for amount in (9, 10, 30, 1000)] == [0, 1, 2, 50]


@given(AMOUNTS, PERCENTS, st.integers(0, 10**6))
def test_a_bank_takes_its_percent_but_at_least_its_minimum(amount: int, percent_bp: int, minimum: int) -> None:
    fee = FeeRule(percent_bp, minimum).fee_minor(amount)
    assert fee >= minimum
    assert fee == minimum or abs(fee * 10_000 - amount * percent_bp) <= 5_000
