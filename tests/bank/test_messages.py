"""The messages that bring codes: all that a code confirms, before the code, in the reader's language."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from html import escape

import pytest

from bank.service.messages import AccessFacts, Facts, OwnershipFacts, PaymentFacts, words
from domain.money import Money

CODE, UNTIL = "ABCDEFGH", datetime(2026, 1, 31, 9, 5, tzinfo=UTC)
PAYMENT = PaymentFacts("Анна & Ко", Money(10_000, "RUB"), Money(250, "RUB"), "Sonja <Ltd>", "002aaaaaaaaaa")
ACCESS = AccessFacts("Boris", "shop", "001bbbbbbbbbb", 15)
OWNERSHIP = OwnershipFacts("Boris", "shop", "001bbbbbbbbbb")
SHOWN: dict[str, tuple[Facts, list[str]]] = {
    "payment": (PAYMENT, ["100.00 RUB", "2.50 RUB", "102.50 RUB", "Sonja <Ltd>", "002aaaaaaaaaa"]),
    "access": (ACCESS, ["shop", "001bbbbbbbbbb", "15"]),
    "ownership": (OWNERSHIP, ["shop", "001bbbbbbbbbb"]),
}
RUSSIAN = re.compile(r"[а-яё]{3}", re.IGNORECASE)


LANGUAGES = {"en": "Code", "ru": "Код"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("about", SHOWN)
def test_a_message_says_what_its_code_confirms_in_the_language_of_its_reader_alone(about: str, language: str) -> None:
    facts, shown = SHOWN[about]
    said = words(facts, CODE, UNTIL, language)
    before, after = said.text.split(f"{LANGUAGES[language]}: ABCD-EFGH")
    assert all(fact in before for fact in [facts.name, *shown]) and "09:05:00 UTC" in after
    for part in (said.subject, said.text, said.html, said.short):
        own = part.replace(facts.name, "").replace(escape(facts.name), "")
        assert bool(RUSSIAN.search(own)) is (language == "ru")
    assert CODE[:4] not in said.subject


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("about", SHOWN)
def test_the_html_part_says_the_same_with_escaped_names_and_its_language(about: str, language: str) -> None:
    facts, shown = SHOWN[about]
    html = words(facts, CODE, UNTIL, language).html
    plain = html.replace("&lt;", "<").replace("&gt;", ">")
    assert all(fact in plain for fact in shown) and "<strong>ABCD-EFGH</strong>" in html
    assert f"<bdi>{escape(facts.name)}</bdi>" in html and f'<html lang="{language}">' in html
    assert "<Ltd>" not in html


@pytest.mark.parametrize(("language", "named"), [("en", "the marketplace, account"), ("ru", "площадка, счёт")])
def test_the_marketplace_itself_is_named_in_each_language(language: str, named: str) -> None:
    paid = words(replace(PAYMENT, payee_name=None), CODE, UNTIL, language)
    assert all(named in said for said in (paid.text, paid.html, paid.short))


@pytest.mark.parametrize(("language", "code"), [("en", "Code ABCD-EFGH until"), ("ru", "Код ABCD-EFGH до")])
@pytest.mark.parametrize("about", SHOWN)
def test_a_text_message_is_one_line(about: str, language: str, code: str) -> None:
    facts, shown = SHOWN[about]
    line = words(facts, CODE, UNTIL, language).short
    assert "\n" not in line and f"{code} 09:05:00 UTC" in line and all(fact in line for fact in shown)
