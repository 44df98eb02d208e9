"""How long what was changed of a person is not trusted yet with what could take his money."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

COOLING: Final = timedelta(days=3)  # a weekend: in that time its owner reads that it was changed, and may object
CONFIRM_WITHIN: Final = timedelta(days=3)
