"""The gate between the arrival of a request and its work. Only fault injection does anything here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar

from domain.errors import Refusal
from edge.idempotency import in_progress


@dataclass(frozen=True, slots=True)
class Step:
    """A request as fault rules see it: `name` is a step, `bank_id` None when it concerns no bank.

    `about`: the account, or the operation, whose test account decides what it meets.
    """

    name: str
    bank_id: int | None
    about: str | None = None


@dataclass(frozen=True, slots=True)
class Arrived:
    """An arrived request of `caller`. `number` is that of a write in the journal; a question has none.

    `key`: the Idempotency-Key of a write, or the key that a question is about.
    """

    step: Step
    caller: str
    key: str | None = None
    number: int | None = None


class Gate:
    """Always open. `watched`: the gate closes the journal itself."""

    watched: ClassVar[bool] = False

    async def __call__(self, arrived: Arrived) -> Refusal | None:
        """A refusal in place of the work, as its answer; raises the `Refusal` that precedes it."""
        return None


class UnderWay:
    """The keys in progress in this program.

    A first look, and the only one while a request waits without a transaction; then the database's lock decides.
    """

    def __init__(self) -> None:
        self._keys: set[tuple[str, str]] = set()

    @contextmanager
    def alone(self, caller: str, key: str) -> Iterator[None]:
        """Raises `Conflict` `request_in_progress` while the key is in progress here."""
        if (caller, key) in self._keys:
            raise in_progress()
        self._keys.add((caller, key))
        try:
            yield
        finally:
            self._keys.discard((caller, key))
