"""Other people's texts in our mails: marked as quotes, and without links that a mail program would create."""

from __future__ import annotations

import re
from typing import Final

# Addresses with a scheme, mailboxes, telephone numbers, names that begin with www, host names with or without a path:
# mail programs turn all of these into links, and a link in our mail looks like ours.
_LINK: Final = re.compile(
    r"\b[a-z][a-z0-9+.-]*://\S+|\b(?:mailto|tel|sms):\S+|\S+@\S+|\bwww\.\S+"
    r"|\b\w[\w-]*(?:\.[\w-]+)*\.[^\W\d_][\w-]+(?:[/:?#]\S*)?",
    re.IGNORECASE,
)


def unlinked(text: str) -> str:
    """The text in one line, with `[…]` in place of each link."""
    return _LINK.sub("[…]", " ".join(text.split()))
