"""The port to the banks: which client program serves a bank."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bank.client import BankClient


class Banks(Protocol):
    """A market with a single client program needs no more than its `BankClient`, which is such a port too."""

    async def of(self, bank_id: int) -> BankClient:
        """The client of the program that serves the bank; the first one for a bank that is not known."""
        ...

    async def every(self) -> Sequence[BankClient]:
        """All of them that are in use, the first one first."""
        ...
