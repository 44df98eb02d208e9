"""The messages that bring codes: all that a code confirms, before the code, in English and in Russian."""

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


@pytest.mark.parametrize("about", SHOWN)
def test_a_mail_says_what_its_code_confirms_in_english_and_then_in_russian(about: str) -> None:
    facts, shown = SHOWN[about]
    mail = words(facts, CODE, UNTIL)
    english, russian = mail.text.split("\n---\n")
    for part, code in ((english, "Code: ABCD-EFGH"), (russian, "Код: ABCD-EFGH")):
        before, after = part.split(code)
        assert all(fact in before for fact in [facts.name, *shown]) and "09:05:00 UTC" in after
    assert not RUSSIAN.search(english.replace(facts.name, "")) and RUSSIAN.search(russian)
    assert RUSSIAN.search(mail.subject) and CODE[:4] not in mail.subject


@pytest.mark.parametrize("about", SHOWN)
def test_the_html_part_says_the_same_with_escaped_names_and_its_language(about: str) -> None:
    facts, shown = SHOWN[about]
    html = words(facts, CODE, UNTIL).html
    english, russian = html.split('<div lang="ru">')
    for part in (english, russian):
        plain = part.replace("&lt;", "<").replace("&gt;", ">")
        assert all(fact in plain for fact in shown) and "<strong>ABCD-EFGH</strong>" in part
        assert f"<bdi>{escape(facts.name)}</bdi>" in part
    assert "<Ltd>" not in html


def test_the_marketplace_itself_is_named_in_each_language() -> None:
    paid = words(replace(PAYMENT, payee_name=None), CODE, UNTIL)
    for said in (paid.text, paid.html, paid.short):
        assert "the marketplace, account" in said and "площадка, счёт" in said


@pytest.mark.parametrize("about", SHOWN)
def test_a_text_message_is_one_line_in_each_language(about: str) -> None:
    english, russian = words(SHOWN[about][0], CODE, UNTIL).short.split("\n")
    assert "Code ABCD-EFGH until 09:05:00 UTC" in english and "Код ABCD-EFGH до 09:05:00 UTC" in russian
