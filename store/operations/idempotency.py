"""Answers given to marketplaces and operators, by their idempotency keys."""

from __future__ import annotations

from typing import Final

from sqlalchemy import inspect

from edge.idempotency import Names, answers_table
from store.base import Base
from store.wallets.movements import Moved

ANSWERS = answers_table(Base.metadata, named=True)
MOVEMENTS: Final = "ledger.transfers"


def names_of(row: Base) -> Names:
    """What an answer that acknowledges `row` names; the row must have been flushed."""
    identity = inspect(row).identity
    if not identity:
        raise AssertionError(f"{row!r} is not stored: nothing can be acknowledged by it")
    return Names(row.__tablename__, "/".join(map(str, identity)))


def names_of_movement(moved: Moved) -> Names:
    """The same for a movement of money whose only row is the ledger's."""
    return Names(MOVEMENTS, str(moved.operation_id))
