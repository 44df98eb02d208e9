"""Which characters an address and a text may have: one rule for REST, forms and command lines.

Patterns rather than functions, so that the OpenAPI document shows them too.
"""

from __future__ import annotations

import re
from typing import Final

from markupsafe import Markup

# RFC 5322's dot-atom at a host name, a subset of HTML's e-mail address. No quotes, comments, lists or literals: nothing
# that a mail server could read as another mailbox, or as several.
_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_REST: Final = r"([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
EMAIL: Final = rf"^{_ATOM}(\.{_ATOM})*@([A-Za-z0-9]{_REST}\.)*[A-Za-z]{_REST}$"
MAX_EMAIL: Final = 254

# PostgreSQL cannot store NUL, and other control characters only do harm, including those that end a line or change the
# direction of the following text (U+2028 and U+2029, U+202A to U+202E, U+2066 to U+2069).
_HARM: Final = r"\x7f-\x9f\u2028-\u202e\u2066-\u2069"
_CONTROLS: Final = rf"\x00-\x08\x0b\x0c\x0e-\x1f{_HARM}"
_IN_LINE: Final = rf"\x00-\x1f{_HARM}"
# Invisible characters: spaces, joiners, fillers, variation selectors, tags.
_UNSEEN: Final = (
    r"\s\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u202f\u205f-\u206f\u2800\u3000"
    r"\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb" + "\U000e0000-\U000e0fff"
)

TEXT: Final = rf"^[^{_CONTROLS}]*$"
"""Any number of lines, or none."""
SAID: Final = rf"^[^{_CONTROLS}]*[^{_CONTROLS}{_UNSEEN}][^{_CONTROLS}]*$"
"""Lines with at least one visible character."""
WORDS: Final = rf"^[^{_IN_LINE}]*$"
"""One line, or nothing."""
LINE: Final = rf"^[^{_IN_LINE}]*[^{_IN_LINE}{_UNSEEN}][^{_IN_LINE}]*$"
"""One line with a visible character: names and titles, which stand in mails and beside our own text."""
LINK: Final = r"^https://[!-~]+$"
"""An address as browsers send it: visible ASCII, so that other letters are written as %XX or in Punycode."""
PROGRAM: Final = r"^https?://[!\"$->@-~]+$"
"""The address of a program, to which paths are added: without `?` and `#`."""
VISIBLE: Final = r"^[\x21-\x7e]+$"
"""Visible ASCII, which fits a header, an index and a log line unchanged."""


_LINE_ENDS: Final = re.compile(r"\r\n|\r|\u2028|\u2029")
_NEVER_TYPED: Final = re.compile(f"[{_CONTROLS}]")


def as_typed(text: str) -> str:
    """What a person meant to type: line ends are LF, and control and direction marks, which come along when text is
    pasted, are left out."""
    return _NEVER_TYPED.sub("", _LINE_ENDS.sub("\n", text))


def isolated(text: object) -> Markup:
    """A user's text within our page: right-to-left text does not affect its surroundings."""
    return Markup("<bdi>{}</bdi>").format(text)


def isolated_line(text: object) -> str:
    """The same where elements are not possible, as in a page's title: Unicode's isolates (UAX 9, FSI, PDI)."""
    return f"\u2068{text}\u2069"


def is_email(text: str) -> bool:
    return len(text) <= MAX_EMAIL and re.fullmatch(EMAIL, text) is not None


def is_said(text: str) -> bool:
    return re.fullmatch(SAID, text) is not None


def is_line(text: str) -> bool:
    return re.fullmatch(LINE, text) is not None
