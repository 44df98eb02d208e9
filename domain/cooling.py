"""How long a changed detail of a person is not yet trusted for anything that could take their money."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

COOLING: Final = timedelta(days=3)  # covers a weekend: time for the owner to read of the change and object
CONFIRM_WITHIN: Final = timedelta(days=3)
