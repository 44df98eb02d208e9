"""One rule for addresses and texts, the same in Python and in what pydantic makes of the pattern."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from edge.characters import is_email, is_line, is_said
from edge.wire import CleanText, Email, Line, Said

ADDRESSES = ["anna@example.org", "a.b+tag@xn--e1afmkfd.example.test", "o'neil@localhost", "a@" + "b" * 63 + ".test"]
# Each of them a mail server, or our own code, could read as another mailbox, as several, or not at all.
NO_ADDRESSES = [
    "a<victim@x.test>", "a<victim@x.test", "c,victim@x.test", "d;victim@x.test", "(x)victim@x.test", "a@[127.0.0.1]",
    "a@[127.0.0.1", "a@127.0.0.1", '"a b"@x.test', "a@x.test,b@x.test", "a@b@x.test", "a:b@x.test", "a\\b@x.test",
    ".a@x.test", "a.@x.test", "a..b@x.test", "a@x..test", "a@-x.test", "a@x.test.", "a @x.test", "a@x.test\r\nBcc: b@x",
    "a@x.test\n", "почта@x.test", "a@почта.рф", "@x.test", "a@", "a", "", "a@" + "b" * 64 + ".test",
    "a" * 250 + "@x.test",
]  # fmt: skip
LINES = ["Стол", "Q 1/2", "شيء", "👩‍👩‍👧", "a\u200bb", "=?utf-8?q?x?="]
SAID = ["Two\nlines", "\ttabbed"]
BLANK = ["", "   ", "\u200b", "\u00a0\u3164", "\u2800", "\ufe0f", "\U000e0041"]
HARMFUL = ["evil\u202etxt", "a\u2028b", "a\u2029b", "a\u2066b", "a\x00b", "a\x85b", "a\x7f"]


@pytest.mark.parametrize("text", [*ADDRESSES, *NO_ADDRESSES])
def test_an_address_names_one_mailbox(text: str) -> None:
    assert is_email(text) is (text in ADDRESSES)
    assert _takes(Email, text) is (text in ADDRESSES)


@pytest.mark.parametrize("text", [*LINES, *SAID, *BLANK, *HARMFUL])
def test_a_title_is_visible_and_does_not_affect_its_surroundings(text: str) -> None:
    wanted = (text in LINES, text in LINES or text in SAID, text not in HARMFUL)
    assert (is_line(text), is_said(text)) == wanted[:2]
    assert (_takes(Line, text), _takes(Said, text), _takes(CleanText, text)) == wanted


def _takes(kind: Any, text: str) -> bool:
    try:
        TypeAdapter(kind).validate_python(text)
    except ValidationError:
        return False
    return True
