from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from bank.service.access import Marketplace
from bank.service.acts import checkpoints
from bank.service.schemas.checkpoints import CheckpointIn, CheckpointOut
from bank.service.services import ServicesOfApp
from edge.problem import problems

router = APIRouter(tags=["operations"])


@router.put("/checkpoints/{books}", responses=problems(401, 403, 413, 422, 503))
async def note_checkpoint(
    books: UUID, body: CheckpointIn, caller: Marketplace, services: ServicesOfApp
) -> CheckpointOut:
    """Says how far the caller's books have come, and answers with the latest checkpoint of them that was ever said.

    Books are one database of a marketplace. It numbers its checkpoints upwards and draws a nonce for each. Books that
    were restored from an older copy count again from there, and see in the answer that they are behind.
    """
    async with services.database.transaction() as session:
        noted = await checkpoints.note_checkpoint(session, caller.name, books, body.sequence, body.nonce)
    return CheckpointOut.of(noted)
