from __future__ import annotations

from math import isinf
from typing import Final, Literal

from fastapi import APIRouter, Response
from pydantic import Field

from api.dependencies import ServicesOfApp
from edge.documents import refusing
from edge.health import require_ready
from edge.problem import problems
from edge.replica import Replica
from edge.stack_word import stack_header
from edge.wire import Wire
from store.migrate import is_current

router = APIRouter(tags=["health"])

LATE_AFTER_S: Final = 10.0  # a replica beside its primary is some milliseconds behind


class HealthOut(Wire):
    status: Literal["ok"] = "ok"


class ReadyOut(HealthOut):
    notices: list[str] | None = Field(
        None, description="For operators: what is wrong, although the program does all that it should."
    )
    replica_behind_s: float | None = Field(
        None, description="How many seconds the replica for lists is behind; absent without one, or without an answer."
    )


@router.get("/health", summary="Check that the program is alive")
async def check_health() -> HealthOut:
    """The program is alive."""
    return HealthOut()


@router.get(
    "/ready",
    summary="Check that the program is ready",
    response_model_exclude_none=True,
    responses=refusing(problems(503), {503: "not_ready"}),
)
async def check_readiness(services: ServicesOfApp, response: Response) -> ReadyOut:
    """The database answers and has the schema that this program was written for, and Temporal answers."""

    async def migrated() -> bool:
        async with services.database.engine.connect() as connection:
            return await is_current(connection)

    checks = {"database": services.database.reachable, "migrations": migrated, "temporal": services.signaller.ready}
    await require_ready(checks)
    response.headers.update(stack_header())
    return await _of_replica(services.replica)


async def _of_replica(replica: Replica) -> ReadyOut:
    """A replica that is away or behind makes no program unready: the database itself answers what it would have."""
    if not replica.exists:
        return ReadyOut()
    behind_s = await replica.behind_s()
    if behind_s is None:
        return ReadyOut(notices=["The replica for lists does not answer; the database itself is read."])
    if isinf(behind_s):
        return ReadyOut(notices=["The replica for lists replays nothing; the database itself is read."])
    if behind_s > LATE_AFTER_S:
        said = f"The replica for lists is {behind_s:.0f} s behind; the database itself is read."
        return ReadyOut(notices=[said], replica_behind_s=behind_s)
    return ReadyOut(replica_behind_s=behind_s)
