from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Response

from bank.service.migrate import is_current
from bank.service.services import ServicesOfApp
from domain.errors import Unavailable
from edge.problem import problems
from edge.stack_word import stack_header
from edge.wire import Wire

router = APIRouter(tags=["health"])


class HealthOut(Wire):
    status: Literal["ok"] = "ok"


@router.get("/health")
async def health() -> HealthOut:
    """The program is alive."""
    return HealthOut()


@router.get("/ready", responses=problems(503))
async def ready(services: ServicesOfApp, response: Response) -> HealthOut:
    """The database answers and has the schema that this program was written for."""
    async with services.database.transaction() as session:
        current = await is_current(await session.connection())
    if not current:
        raise Unavailable("not_migrated", "The database does not have the schema that is expected.", 5)
    response.headers.update(stack_header())
    return HealthOut()
