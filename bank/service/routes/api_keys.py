from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.access import Administrator, AdministratorWrites, ArrivesFirst
from bank.service.acts import api_keys
from bank.service.facts import Facts
from bank.service.plan import Result
from bank.service.requests.gate import Step
from bank.service.requests.writes import worked
from bank.service.schemas.api_keys import ApiKeyIn, ApiKeyOut, ApiKeysOut, NewApiKeyOut
from bank.service.schemas.common import RowId
from bank.service.schemas.operations import Empty
from bank.service.services import ServicesOfApp
from edge.idempotency import Answer
from edge.problem import problems
from edge.wire import MAX_INTEGER

router = APIRouter(prefix="/api-keys", tags=["administration"], route_class=ArrivesFirst)


@router.post("", status_code=201, response_model=NewApiKeyOut, responses=problems(401, 403, 409, 413, 422, 503))
async def create_api_key(body: ApiKeyIn, write: AdministratorWrites, services: ServicesOfApp) -> Response:
    """Makes a key; at most two of one name are live. The secret is in the first answer alone.

    Was that answer lost, a repeat says which key was made: revoke it and make another.
    """
    made: list[str] = []

    async def work(session: AsyncSession, facts: Facts) -> Result:
        pepper = services.settings.pepper_bytes
        row, secret = await api_keys.issue(
            session, body.name, body.scopes, pepper, expires_in_days=body.expires_in_days
        )
        made[:] = [secret]
        return Result(201, NewApiKeyOut.unrevealed(row).model_dump(mode="json"))

    async def reveal(answer: Answer) -> dict[str, str]:
        return {} if answer.repeated else {"secret": made[0]}

    step = Step("api_key", None)
    return await services.writes.answer(write, step, body, worked(work), reveal=reveal)


@router.get("", responses=problems(401, 403, 422, 503))
async def list_api_keys(
    caller: Administrator,
    services: ServicesOfApp,
    after: Annotated[int, Query(ge=0, le=MAX_INTEGER, description="`next` of the page before.")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> ApiKeysOut:
    """Every key, live or not, oldest first, by its prefix."""
    async with services.database.transaction() as session:
        rows = await api_keys.list_api_keys(session, after, limit)
    return ApiKeysOut(items=[ApiKeyOut.of(row) for row in rows], next=str(rows[-1].id) if len(rows) == limit else None)


@router.post("/{key_id}/revocation", response_model=ApiKeyOut, responses=problems(401, 403, 404, 409, 413, 422, 503))
async def revoke_api_key(
    key_id: Annotated[RowId, Path()],
    body: Empty,
    write: AdministratorWrites,
    services: ServicesOfApp,
) -> Response:
    """Ends a key at once: the next request with it is refused."""

    async def work(session: AsyncSession, facts: Facts) -> Result:
        row = await api_keys.revoke(session, key_id)
        return Result(200, ApiKeyOut.of(row).model_dump(mode="json"))

    return await services.writes.answer(write, Step("revocation", None), body, worked(work))
