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
from domain.lookalikes import ACCENTED, DIGIT, LATIN, OTHER, Copy, copy_of
from domain.payments import PaymentState

MAX_TEXT: Final = 4_000  # characters; longer texts are documents
MAX_MESSAGES: Final = 10_000  # of one deal: nobody writes more, and a reader can still be sent all of them
UNREAD_FOR: Final = timedelta(minutes=15)  # a person who is at the page has read it by then
MAY_STILL_BE_CONFIRMED: Final = (PaymentState.OPENING, PaymentState.AWAITING_CODE, PaymentState.PROCESSING)
"""Payments whose code is on its way, is in a mailbox, or may turn out wrong and be typed again."""
HIDDEN: Final = "••••-••••"

# A character of a code as people type it (Crockford base32: O, I and L are forgiven, there is no U), and what may stand
# between its groups: near, as people group a code, or anything else of a few characters.
_ONE: Final = "[0-9A-TV-Za-tv-z]"
_NEAR: Final = r"(?:\s?-\s?|[._/]|\s{1,2})"
_FAR: Final = r"[\W_]{1,5}"
_GROUPED: Final = (
    f"{_ONE}{{4}}{{0}}{_ONE}{{4}}",
    f"{_ONE}{{2}}(?:{{0}}{_ONE}{{2}}){{3}}",
    f"{_ONE}(?:{{0}}{_ONE}){{7}}",
)
_FORMS: Final = (
    (f"{_ONE}(?:-{{0,2}}{_ONE}){{7}}", False),
    *((form.replace("{0}", _NEAR), False) for form in _GROUPED),
    *((form.replace("{0}", _FAR), True) for form in _GROUPED),
)
# Underscores around a code, as of emphasis, belong to no word; those within a name of a file do.
_BEGINS: Final = r"(?<![^\W_])(?<![^\W_]_)"
_ENDS: Final = r"(?!_{0,2}[^\W_])"
# Each tried at every place, and one form after the other: a group of four may stand beside a word of four.
_CANDIDATES: Final = tuple((re.compile(rf"{_BEGINS}(?=({form}){_ENDS})"), far) for form, far in _FORMS)
_GROUP: Final = re.compile(r"\w+")
_ALONE: Final = re.compile(r"\w(?:\W+\w){7}")
_WITH_UNIT: Final = re.compile(f"{DIGIT}{{2,}}{OTHER}{{1,2}}")  # a number with a unit


def hide_codes(text: str) -> str:
    """The text with `HIDDEN` in place of everything that has the form of a code, grouped or not.

    A copy is searched in which characters that look like those of a code are those, and in which nothing is invisible.
    Eight lower-case letters without a digit are taken for a word: of twenty codes one has no digit, and mails show it
    in capitals. Hidden too, because codes may look so: eight digits such as 2024-2025, and capitals such as THIS WEEK,
    whose I is taken for the 1 of a code.
    """
    copy = copy_of(text)
    hidden: list[tuple[int, int]] = []
    for pattern, far in _CANDIDATES:
        for first, last in list(_spans(pattern, copy, far=far)):
            hidden.append((copy.place(first), copy.place(last)))
            copy = copy.without(first, last)
    shown, end = "", 0
    for begin, until in sorted(hidden):
        shown += text[end:begin] + HIDDEN
        end = until
    return shown + text[end:]


def _spans(pattern: re.Pattern[str], copy: Copy, *, far: bool) -> Iterator[tuple[int, int]]:
    """Where codes in this form stand, in order; those that overlap are one."""
    first = last = -1
    found = (match.span(1) for match in pattern.finditer(copy.text))
    for begin, end in (each for each in found if _is_code(copy.text[slice(*each)], copy.kinds[slice(*each)], far=far)):
        if begin >= last:
            if last >= 0:
                yield first, last
            first = begin
        last = max(last, end)
    if last >= 0:
        yield first, last


def _is_code(candidate: str, kinds: str, *, far: bool) -> bool:
    """Whether eight characters are a code and not words or numbers.

    Where they are far apart, or of several scripts, a month with its year and prices with a unit are none: some group
    has to mix letters and digits, or scripts.
    """
    digits = DIGIT in kinds
    code = digits or all(map(str.isupper, filter(str.isalpha, candidate)))
    if not code or (not far and OTHER not in kinds and ACCENTED not in kinds):
        return code
    kinds = kinds.replace(ACCENTED, LATIN)
    if _ALONE.fullmatch(kinds):
        return digits and (LATIN in kinds or OTHER in kinds)
    return any(len(set(group)) > 1 and not _WITH_UNIT.fullmatch(group) for group in _GROUP.findall(kinds))


def may_be_said(text: str, before: int) -> None:
    """Whether one more message may be stored in a chat that has `before`.

    Raises `Malformed` too_long, `Conflict` chat_full.
    """
    if len(text) > MAX_TEXT:
        raise Malformed("too_long", f"A message has at most {MAX_TEXT} characters.", "text")
    if before >= MAX_MESSAGES:
        raise Conflict("chat_full", f"The chat has {MAX_MESSAGES} messages already, and takes no more.")
