"""Texts of other people in our mails: marked as theirs, without a link that a mail program would make of them."""

from __future__ import annotations

import re
from typing import Final

# An address with a scheme, of a mailbox or of a telephone, one that begins with www, a host name with a path or
# without: mail programs make links of all of them, and a link in a mail of ours looks like ours.
_LINK: Final = re.compile(
    r"\b[a-z][a-z0-9+.-]*://\S+|\b(?:mailto|tel|sms):\S+|\S+@\S+|\bwww\.\S+"
    r"|\b\w[\w-]*(?:\.[\w-]+)*\.[^\W\d_][\w-]+(?:[/:?#]\S*)?",
    re.IGNORECASE,
)


def unlinked(text: str) -> str:
    """The text in one line, with `[…]` for each link in it."""
    return _LINK.sub("[…]", " ".join(text.split()))
