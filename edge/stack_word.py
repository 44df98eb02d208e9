"""Which stack's program is listening on a port: the number alone does not show it. Standard library only.

`HOLDFAST_STACK` may hold a word that every 200 of `/health` and `/ready` repeats in the header `Holdfast-Stack`.
"""

from __future__ import annotations

import os
from typing import Final

STACK_VARIABLE: Final = "HOLDFAST_STACK"
STACK_HEADER: Final = "Holdfast-Stack"


def stack_header() -> dict[str, str]:
    """The header that names the stack of this program; empty when no stack is set."""
    word = os.environ.get(STACK_VARIABLE)
    return {STACK_HEADER: word} if word else {}
