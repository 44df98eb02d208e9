"""Messages between the two parties of a deal: their bounds, and the confirmation codes that are hidden in them.

A code is mailed to one person and shown to nobody else. A person who asks for it in a chat is after the money, so what
has the form of a code is hidden before the message is stored, as long as a payment of the deal may still be confirmed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from domain.errors import Conflict, Malformed
from domain.payments import PaymentState

MAX_TEXT: Final = 4_000  # characters; longer texts are documents
MAX_MESSAGES: Final = 10_000  # of one deal: nobody writes more, and a reader can still be sent all of them
UNREAD_FOR: Final = timedelta(minutes=15)  # a person who is at the page has read it by then
MAY_STILL_BE_CONFIRMED: Final = (PaymentState.OPENING, PaymentState.AWAITING_CODE, PaymentState.PROCESSING)
"""Payments whose code is on its way, is in a mailbox, or may turn out wrong and be typed again."""
HIDDEN: Final = "••••-••••"

# A character of a code as people type it (Crockford base32: O, I and L are forgiven, there is no U), what may stand
# within a code, and what may stand between its groups. Characters that nobody sees are no way around.
_ONE: Final = "[0-9A-TV-Za-tv-z]"
_WITHIN: Final = "[-\u00ad\u2010-\u2015\u200b-\u200d\u2060\ufeff]"
_BETWEEN: Final = rf"(?:\s?{_WITHIN}\s?|[._/]|\s{{1,2}})"
_FORMS: Final = (
    f"{_ONE}(?:{_WITHIN}{{0,2}}{_ONE}){{7}}",
    f"{_ONE}{{4}}{_BETWEEN}{_ONE}{{4}}",
    f"{_ONE}{{2}}(?:{_BETWEEN}{_ONE}{{2}}){{3}}",
    f"{_ONE}(?:{_BETWEEN}{_ONE}){{7}}",
)
# Each tried at every place, and one form after the other: a group of four may stand beside a word of four.
_CANDIDATES: Final = tuple(re.compile(rf"(?<!\w)(?=({form})(?!\w))") for form in _FORMS)


def hide_codes(text: str) -> str:
    """The text with `HIDDEN` in place of everything that has the form of a code, grouped or not.

    Eight lower-case letters without a digit are taken for a word: of twenty codes one has no digit, and mails show it
    in capitals.
    """
    for pattern in _CANDIDATES:
        hidden: list[str] = []
        end = 0
        for first, last in _spans(pattern, text):
            hidden += [text[end:first], HIDDEN]
            end = last
        text = "".join([*hidden, text[end:]])
    return text


def _spans(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    """Where codes in this form stand, in order; those that overlap are one."""
    first = last = -1
    for begin, end in (match.span(1) for match in pattern.finditer(text) if _is_code(match[1])):
        if begin >= last:
            if last >= 0:
                yield first, last
            first = begin
        last = max(last, end)
    if last >= 0:
        yield first, last


def _is_code(candidate: str) -> bool:
    letters = [character for character in candidate if character.isalpha()]
    return len(letters) < sum(map(str.isalnum, candidate)) or all(map(str.isupper, letters))


def may_be_said(text: str, before: int) -> None:
    """Whether one more message may be stored in a chat that has `before`.

    Raises `Malformed` too_long, `Conflict` chat_full.
    """
    if len(text) > MAX_TEXT:
        raise Malformed("too_long", f"A message has at most {MAX_TEXT} characters.", "text")
    if before >= MAX_MESSAGES:
        raise Conflict("chat_full", f"The chat has {MAX_MESSAGES} messages already, and takes no more.")
