from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Response

from api.dependencies import ServicesOfApp
from edge.documents import refusing
from edge.health import require_ready, stack_header
from edge.problem import problems
from edge.wire import Wire
from store.migrate import is_current

router = APIRouter(tags=["health"])


class HealthOut(Wire):
    status: Literal["ok"] = "ok"


@router.get("/health", summary="Check that the program is alive")
async def check_health() -> HealthOut:
    """The program is alive."""
    return HealthOut()


@router.get("/ready", summary="Check that the program is ready", responses=refusing(problems(503), {503: "not_ready"}))
async def check_readiness(services: ServicesOfApp, response: Response) -> HealthOut:
    """The database answers and has the schema that this program was written for, and Temporal answers."""

    async def migrated() -> bool:
        async with services.database.engine.connect() as connection:
            return await is_current(connection)

    checks = {"database": services.database.reachable, "migrations": migrated, "temporal": services.signaller.ready}
    await require_ready(checks)
    response.headers.update(stack_header())
    return HealthOut()
