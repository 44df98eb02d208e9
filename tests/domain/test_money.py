from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Malformed
from domain.money import MAX_MINOR, Money, decimals, parse_money, split

REFUSED = [
    115.6, 115, None, True, "", " ", "-1.00", "+1.00", "1e3", "NaN", "Infinity", "1,00", "1 000", "01.00", ".50", "1.",
    "0", "0.00", "1.001", "١٢", "１２", "1.00 ", "1_000", "0x10", "99999999999999999", ["1"], {"a": 1},
]  # fmt: skip


@pytest.mark.parametrize("amount", REFUSED)
def test_anything_but_a_positive_decimal_string_is_refused_by_field(amount: object) -> None:
    with pytest.raises(Malformed) as refusal:
        parse_money(amount, "RUB", "price.amount")
    assert (refusal.value.code, refusal.value.field) == ("bad_amount", "price.amount")


def test_an_amount_that_is_too_large_is_not_called_something_else_however_long_it_is() -> None:
    for amount in ("10000000000000.01", "1" + 18 * "0", 100_000 * "9"):
        with pytest.raises(Malformed, match="too large: at most 10000000000000"):
            parse_money(amount, "RUB")
    assert parse_money("10000000000000.00", "RUB") == Money(MAX_MINOR, "RUB")


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("115.60", "RUB", 11560),
        ("115.6", "RUB", 11560),
        ("7", "JPY", 7),
        ("0.000001", "USDT", 1),
        ("1.005", "KWD", 1005),
    ],
)
def test_amounts_are_read_into_minor_units_of_their_currency(text: str, currency: str, minor: int) -> None:
    assert parse_money(text, currency) == Money(minor, currency)


def test_an_unknown_currency_is_refused() -> None:
    with pytest.raises(Malformed, match="unknown_currency"):
        parse_money("1.00", "DOGE")


@given(st.integers(1, MAX_MINOR), st.sampled_from(["RUB", "JPY", "USDT", "KWD"]))
def test_what_is_written_is_read_back_the_same(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert parse_money(money.amount, currency) == money
    assert len(money.amount.partition(".")[2]) == decimals(currency)


def test_floats_and_mixed_currencies_never_become_money() -> None:
    with pytest.raises(TypeError):
        Money(1.5, "RUB")  # type: ignore[arg-type]  # the mistake under test
    with pytest.raises(ValueError, match="USD meets RUB"):
        Money(1, "USD") + Money(1, "RUB")


@given(st.integers(0, MAX_MINOR), st.lists(st.integers(0, 10**6), min_size=1).filter(any))
def test_a_split_sums_to_the_whole_and_no_part_is_off_by_a_minor_unit(total: int, weights: list[int]) -> None:
    parts = split(total, weights)
    assert sum(parts) == total
    assert all(
        abs(part * sum(weights) - total * weight) < sum(weights) for part, weight in zip(parts, weights, strict=True)
    )
