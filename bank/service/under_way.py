"""The keys that are being worked on in this program."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from edge.idempotency import in_progress


class UnderWay:
    """A first look, and the only one while a request waits without a transaction; then the database's lock decides."""

    def __init__(self) -> None:
        self._keys: set[tuple[str, str]] = set()

    @contextmanager
    def alone(self, caller: str, key: str) -> Iterator[None]:
        """Raises `Conflict` `request_in_progress` while the key is being worked on here."""
        if (caller, key) in self._keys:
            raise in_progress()
        self._keys.add((caller, key))
        try:
            yield
        finally:
            self._keys.discard((caller, key))
