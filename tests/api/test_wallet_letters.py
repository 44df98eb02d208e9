"""What mails about wallets say: in the reader's language, and what others wrote as theirs."""

from __future__ import annotations

import pytest

from activities.wallet_letters import TEXTS, letter
from edge.quoting import unlinked

LINK = "https://market.example.test/my/wallets/1"
DATA = {"amount": "1.00 RUB", "fee": "0.00 RUB", "account": "002aaaaaaaaaa", "from": "Anna"}
EVIL = "Your account is locked, see https://evil.test/log-in or www.evil.test, evil.test/x, help@evil.test"


@pytest.mark.parametrize("kind", sorted(TEXTS))
def test_each_mail_is_in_one_language(kind: str) -> None:
    english, russian = (letter(kind, language, DATA, LINK, "ABCD-EFGH") for language in ("en", "ru"))
    assert not any("а" <= char <= "я" for char in "".join(english).lower())
    assert all(any("а" <= char <= "я" for char in part.lower()) for part in russian)
    assert all("1.00 RUB" in text and LINK in text for _, text, _ in (english, russian))


def test_other_peoples_texts_are_quoted_with_their_names_and_without_links() -> None:
    _, text, html = letter("transfer", "en", {**DATA, "details": f"{EVIL}\n<b>Holdfast</b>"}, LINK, None)
    quoted = "> Your account is locked, see […] or […] […] […] <b>Holdfast</b>"
    assert text == f"Anna sent 1.00 RUB to your wallet.\n\nAnna wrote:\n{quoted}\n\n{LINK}\n"
    assert "<blockquote>Your account is locked" in html and "evil" not in html and "<b>" not in html
    _, text, _ = letter("hold_captured", "ru", {"amount": "1.00 RUB", "details": "Спасибо"}, LINK, None)
    assert "Сообщение другой стороны:\n> Спасибо\n" in text


def test_a_name_is_no_link_either() -> None:
    named = {**DATA, "from": "Bank https://evil.test"}
    assert "evil" not in "".join(letter("transfer", "en", named, LINK, None))


@pytest.mark.parametrize(
    "text", ["for 1.50 kg, Q3/2026", "Иванов И.И.", "Re:payment 12:30", "12.05.2026", "J.R.R. Tolkien"]
)
def test_an_ordinary_text_stays_as_it_is(text: str) -> None:
    assert unlinked(text) == text
