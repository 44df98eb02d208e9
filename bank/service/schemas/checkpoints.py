from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from bank.service.models import Checkpoint
from bank.service.schemas.common import Moment
from edge.wire import MAX_INTEGER, Wire, utc


class CheckpointIn(Wire):
    sequence: Annotated[int, Field(ge=1, le=MAX_INTEGER)]
    nonce: Annotated[UUID, Field(strict=False)]


class CheckpointOut(Wire):
    """The latest checkpoint known: another than the one sent means that the caller's books were further before."""

    sequence: int
    nonce: Annotated[UUID, Field(strict=False)]
    noted_at: Moment

    @classmethod
    def of(cls, row: Checkpoint) -> CheckpointOut:
        return cls(sequence=row.number, nonce=row.nonce, noted_at=utc(row.noted_at))
