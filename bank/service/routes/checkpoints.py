from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from bank.service.access import Marketplace
from bank.service.acts import checkpoints
from bank.service.models import Checkpoint
from bank.service.schemas.common import Moment
from bank.service.services import ServicesOfApp
from edge.problem import problems
from edge.wire import MAX_INTEGER, Wire, utc


class CheckpointIn(Wire):
    sequence: Annotated[int, Field(ge=1, le=MAX_INTEGER)]
    nonce: Annotated[UUID, Field(strict=False)]


class CheckpointOut(Wire):
    """The latest known checkpoint: if it differs from the one sent, the caller's books were once further ahead."""

    sequence: int
    nonce: Annotated[UUID, Field(strict=False)]
    noted_at: Moment

    @classmethod
    def of(cls, row: Checkpoint) -> CheckpointOut:
        return cls(sequence=row.number, nonce=row.nonce, noted_at=utc(row.noted_at))


router = APIRouter(tags=["operations"])


@router.put("/checkpoints/{books}", responses=problems(401, 403, 413, 422, 503))
async def note_checkpoint(
    books: UUID, body: CheckpointIn, caller: Marketplace, services: ServicesOfApp
) -> CheckpointOut:
    """Reports the caller's checkpoint, and answers with the latest checkpoint ever reported for these books.

    Books are one database of a marketplace. It numbers its checkpoints upwards and draws a nonce for each. Books
    restored from an older copy count again from there, and the answer shows that they are behind.
    """
    async with services.database.transaction() as session:
        noted = await checkpoints.note_checkpoint(session, caller.name, books, body.sequence, body.nonce)
    return CheckpointOut.of(noted)
