"""Where a request that has arrived is let in to its work. Faults on demand come in here; in earnest nothing does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar

from domain.errors import Refusal
from edge.idempotency import in_progress


@dataclass(frozen=True, slots=True)
class Step:
    """What a request is to its bank: `name` is a step of its behaviour, `bank_id` None when it concerns no bank."""

    name: str
    bank_id: int | None


@dataclass(frozen=True, slots=True)
class Arrived:
    """A request of `caller` that has arrived. `number` is that of a write in the journal; a question has none.

    `key`: the Idempotency-Key of a write, or that which a question is about.
    """

    step: Step
    caller: str
    key: str | None = None
    number: int | None = None


class Gate:
    """Always open. `watched`: what stands here closes the journal itself."""

    watched: ClassVar[bool] = False

    async def __call__(self, arrived: Arrived) -> Refusal | None:
        """A refusal that takes the place of the work, as its answer; raises the `Refusal` that comes before it."""
        return None


class UnderWay:
    """The keys that are being worked on in this program.

    A first look, and the only one while a request waits without a transaction; then the database's lock decides.
    """

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
