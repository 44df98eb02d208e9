"""Amounts in forms: what a page prints is what it reads, and what could mean two things is refused in words."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.errors import Malformed
from domain.money import MAX_MINOR, Money
from pages.amounts import read_money
from pages.forms import FieldRefusal
from texts.languages import LANGUAGES, Language

languages = st.sampled_from([Language.of(code) for code in LANGUAGES])
currencies = st.sampled_from(["RUB", "EUR", "JPY", "KWD", "USDT"])
amounts = st.integers(1, MAX_MINOR)
SPACES = " \u00a0\u2009\u202f"


def refused(code: str, typed: str, currency: str) -> str:
    language = Language.of(code)
    with pytest.raises(Malformed) as caught:
        read_money(language, typed, currency)
    assert caught.value.field == "amount"
    return caught.value.words(language) if isinstance(caught.value, FieldRefusal) else caught.value.detail


@given(languages, currencies, amounts, st.sampled_from(SPACES))
@example(Language.of("en"), "JPY", 1250, " ")
@example(Language.of("ru"), "KWD", MAX_MINOR, "\u00a0")
def test_what_the_page_prints_is_what_it_reads(language: Language, currency: str, minor: int, space: str) -> None:
    money = Money(minor, currency)
    printed = language.money(money)
    alone = printed.removesuffix(f"\u00a0{currency}")
    grouped_by_space = alone if language.code == "en" else alone.replace("\u00a0", space)
    for typed in (printed, alone, language.plain(money), grouped_by_space, printed.replace("\u00a0", space)):
        assert read_money(language, typed, currency) == money, typed


@given(languages, currencies, st.text(alphabet="0123456789., \u00a0-+e", max_size=14))
def test_any_other_input_is_refused_or_read_without_its_groups(language: Language, currency: str, typed: str) -> None:
    """No digit is lost or moved: an amount that is taken has the typed digits, in groups of three or in none."""
    try:
        money = read_money(language, typed, currency)
    except Malformed:
        return
    point = "." if language.code == "en" or ("." in typed and "," not in typed) else ","
    whole, _, fraction = typed.partition(point)
    [*_, last] = parts = whole.replace("\u00a0", " ").replace(",", " ").split(" ")
    assert len(parts) == 1 or (len(last) == 3 and 1 <= len(parts[0]) <= 3 and {len(part) for part in parts[1:]} == {3})
    assert int("".join(parts)) == int(money.amount.partition(".")[0])
    assert money.amount.partition(".")[2].startswith(fraction)


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize(("currency", "minor"), [("RUB", 125_000), ("JPY", 1250), ("KWD", 1_250_000)])
def test_the_example_in_the_hint_is_accepted_unchanged(code: str, currency: str, minor: int) -> None:
    language = Language.of(code)
    assert read_money(language, language.example(currency), currency) == Money(minor, currency)
    assert language.example(currency) in refused(code, "abc", currency)


@pytest.mark.parametrize(
    ("code", "typed", "currency"),
    [
        ("en", "100 50", "RUB"),
        ("en", "1 2 3", "RUB"),
        ("en", "12 34,5", "RUB"),
        ("en", "30,50", "RUB"),
        ("en", "1,2500", "RUB"),
        ("en", "1,250 000", "RUB"),
        ("en", "0,001", "USDT"),
        ("en", "1.250,00", "RUB"),
        ("ru", "1,250,00", "RUB"),
        ("ru", "1.250.000", "RUB"),
        ("ru", "1.250", "KWD"),
        ("ru", "12 34,5", "RUB"),
        ("en", "12.50 EUR", "RUB"),
        ("en", "1e3", "RUB"),
        ("en", "-1", "RUB"),
        ("en", "0.00", "RUB"),
        ("en", "\u0661", "RUB"),
    ],
)
def test_what_could_mean_two_things_or_none_is_refused_with_an_example(code: str, typed: str, currency: str) -> None:
    assert Language.of(code).example(currency) in refused(code, typed, currency)


@pytest.mark.parametrize(
    ("code", "typed", "currency", "amount"),
    [
        ("en", "1,250", "USDT", "1250.000000"),
        ("en", "1,250", "KWD", "1250.000"),
        ("en", "1,250.00", "RUB", "1250.00"),
        ("en", "007.5", "RUB", "7.50"),
        ("ru", "1 250,5", "RUB", "1250.50"),
        ("ru", "1250.5", "RUB", "1250.50"),
        ("ru", "0.001", "KWD", "0.001"),
        ("ru", "1250.500", "KWD", "1250.500"),
    ],
)
def test_the_language_decides_which_mark_groups(code: str, typed: str, currency: str, amount: str) -> None:
    assert read_money(Language.of(code), typed, currency).amount == amount


def test_a_refusal_names_the_rule_and_its_limit() -> None:
    assert refused("en", "1.5", "JPY") == "JPY has no decimals: type an amount such as 1,250."
    assert refused("en", "1.2345", "KWD") == "KWD has at most 3 decimals: type an amount such as 1,250.000."
    assert refused("ru", "1,234", "RUB") == "RUB: не больше 2 знаков после запятой, например 1 250,00."
    assert refused("en", "10,000,000,000,000.01", "RUB").startswith("This amount is too large: at most 10,000,000,0")
    assert refused("en", "", "RUB") == "Please fill this in."
