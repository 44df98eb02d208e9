"""Where a request that has arrived is let in to its work. Faults on demand come in here; in earnest nothing does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from domain.errors import Refusal


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
    """Always open. `watched`: what stands here must be met before anything is read, and closes the journal itself."""

    watched: ClassVar[bool] = False

    async def __call__(self, arrived: Arrived) -> Refusal | None:
        """A refusal that takes the place of the work, as its answer; raises the `Refusal` that comes before it."""
        return None
