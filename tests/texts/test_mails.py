"""What mails say: one language each, amounts as on pages, and what people wrote as theirs."""

from __future__ import annotations

import re
from typing import Final

import pytest

from domain.money import Money
from edge.quoting import unlinked
from texts.languages import LANGUAGES
from texts.mails import Words, kinds, write

URL: Final = "https://market.example.test"
AMOUNTS: Final = dict.fromkeys(("amount", "back", "fee", "least", "left", "price", "total"), "12500.00 RUB")
NAMES: Final = ("title", "reason", "details", "login", "name", "payer", "payee", "from", "sender", "status")
IDS: Final = {
    "deal_id": "1",
    "dispute_id": "6",
    "offer_id": "2",
    "wallet_id": "3",
    "account": "002",
    "number": "001",
    "token": "4",
    "unread": "5",
    "top_up_id": "7",
    "address": "8",
    "host": "192.0.2.8",
    "events": "9",
}
EVIL: Final = "Your account is locked, see https://evil.test/log-in or www.evil.test, evil.test/x, help@evil.test"


def written(kind: str, language: str, name: str, **facts: object) -> Words:
    """The mail with `name` wherever people wrote something."""
    times = {"until": "2026-01-31T09:05:00+00:00", "expires_at": "2026-01-31 09:05:00 UTC"}
    everything = AMOUNTS | dict.fromkeys(NAMES, name) | IDS | times | {"currency": "RUB", "code": "2345-6789"}
    return write(kind, language, URL, everything | facts)


def wallet_mail(kind: str, language: str, **facts: object) -> Words:
    return write(f"wallet.{kind}", language, URL, {"wallet_id": "1", "amount": "1.00 RUB"} | facts)


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_each_mail_is_in_one_language(kind: str) -> None:
    english, russian = (written(kind, language, "№ 7") for language in ("en", "ru"))
    for part in english:
        assert re.findall("[А-Яа-яЁё]+", re.sub("31 янв", "", part)) == []
    for part in russian:
        said = re.sub(r"<[^>]*>|https://\S+", " ", part)
        assert set(re.findall("[A-Za-z]+", said)) <= {"RUB", "UTC", "TRON", "TRX"}, said
        assert re.search("[А-Яа-я]", said)
    assert 'html lang="en"' in english.html and 'html lang="ru"' in russian.html


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_what_people_wrote_is_text_and_breaks_no_header(kind: str) -> None:
    for language in LANGUAGES:
        subject, text, html = written(kind, language, "<script>alert(1)</script>\r\nBcc: everybody@example.test")
        assert "\n" not in subject and "\r" not in subject
        assert "<script>" not in html
        assert text[0].isalnum() or text[0] in "<“«"


def test_an_amount_is_written_as_on_pages_and_a_text_in_its_own_direction() -> None:
    english, russian = (written("deal.funded/seller", language, "כיסא") for language in ("en", "ru"))
    assert english.text.startswith("The buyer has paid the whole price of 12,500.00\u00a0RUB.\n\n")
    assert russian.text.startswith("Покупатель оплатил всю цену: 12\u00a0500,00\u00a0RUB.\n\n")
    assert written("payment.code", "en", "Boris", total=Money(1, "RUB")).subject.endswith("0.01 RUB")
    assert "moderation: <bdi>כיסא</bdi></p>" in written("offer.rejected/reason", "en", "כיסא").html


ABOUT_SERVICES: Final = {
    "deal.proposed/seller": (
        "A deal for you: “A logo”",
        "“A logo” is proposed to you for 12,500.00 RUB. Confirm or deny it by {until}; after that it lapses.",
        "Сделка для вас: «A logo»",
        "Вам предлагают «A logo» за 12 500,00 RUB. Подтвердите или отклоните до {до}; потом предложение теряет силу.",
    ),
    "deal.confirmed/buyer": (
        "“A logo” is confirmed",
        "The seller has confirmed the deal. Of the price of 12,500.00 RUB, 100.00 RUB is left to pay by {until}.",
        "«A logo»: сделка подтверждена",
        "Продавец подтвердил сделку. Из цены 12 500,00 RUB осталось оплатить 100,00 RUB до {до}.",
    ),
    "deal.denied/buyer": (
        "“A logo” was denied",
        "The seller denied the deal. Nothing was paid.",
        "«A logo»: сделка отклонена",
        "Продавец отклонил сделку. Ничего не было оплачено.",
    ),
    "deal.lapsed/buyer": (
        "“A logo” was not confirmed in time",
        "The seller did not answer in time. Nothing was paid.",
        "«A logo»: сделка не подтверждена в срок",
        "Продавец не ответил в срок. Ничего не было оплачено.",
    ),
    "deal.lapsed/seller": (
        "“A logo” was not confirmed in time",
        "You did not answer in time. Nothing was paid.",
        "«A logo»: сделка не подтверждена в срок",
        "Вы не ответили в срок. Ничего не было оплачено.",
    ),
    "deal.answer_near/buyer": (
        "“A logo” is not confirmed yet",
        "The seller has until {until} to confirm or deny it.",
        "«A logo»: сделка ещё не подтверждена",
        "Продавец может подтвердить или отклонить её до {до}.",
    ),
    "deal.answer_near/seller": (
        "Confirm or deny “A logo” by {until}",
        "It is proposed to you for 12,500.00 RUB. Without your answer it lapses at {until}.",
        "Подтвердите или отклоните «A logo» до {до}",
        "Вам предлагают эту сделку за 12 500,00 RUB. Без вашего ответа она потеряет силу: {до}.",
    ),
}


@pytest.mark.parametrize("kind", ABOUT_SERVICES)
def test_the_mails_about_services_say_who_does_what_by_when(kind: str) -> None:
    times = {"until": "31 Jan 2026, 09:05 UTC", "до": "31 янв. 2026, 09:05 UTC"}
    wanted, said = [each.format(**times) for each in ABOUT_SERVICES[kind]], list[str]()
    for language in ("en", "ru"):
        mail = written(kind, language, "A logo", left="100.00 RUB")
        text, link = mail.text.strip().split("\n\n")
        assert link == f"{URL}/deals/1"
        said += [mail.subject.replace("\u00a0", " "), text.replace("\u00a0", " ")]
    assert said == wanted


def test_other_peoples_texts_are_quoted_with_their_names_and_without_links() -> None:
    _, text, html = wallet_mail("transfer", "en", sender="Anna", details=f"{EVIL}\n<b>Holdfast</b>")
    quoted = "> Your account is locked, see […] or […] […] […] <b>Holdfast</b>"
    said = f"Anna sent 1.00\u00a0RUB to your wallet.\n\nAnna wrote:\n{quoted}\n\n{URL}/my/wallets/1\n"
    assert text == said
    assert '<blockquote dir="auto"><bdi>Your account is locked' in html and "evil" not in html and "<b>" not in html
    _, text, _ = wallet_mail("hold_captured", "ru", details="Спасибо")
    assert "Сообщение другой стороны:\n> Спасибо\n" in text


def test_a_name_is_no_link_either() -> None:
    assert "evil" not in "".join(wallet_mail("transfer", "en", sender="Bank https://evil.test"))


def test_a_mail_that_does_not_exist_or_lacks_a_fact_is_refused() -> None:
    with pytest.raises(KeyError):
        write("no.such/mail", "en", URL, {})
    with pytest.raises(Exception, match="title"):
        write("deal.funded/buyer", "en", URL, {"price": "1.00 RUB", "deal_id": "1"})


@pytest.mark.parametrize(
    "text", ["for 1.50 kg, Q3/2026", "Иванов И.И.", "Re:payment 12:30", "12.05.2026", "J.R.R. Tolkien"]
)
def test_an_ordinary_text_stays_as_it_is(text: str) -> None:
    assert unlinked(text) == text
