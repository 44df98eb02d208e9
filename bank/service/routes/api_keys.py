from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.access import Administrator
from bank.service.acts import api_keys
from bank.service.gate import Step
from bank.service.schemas.api_keys import ApiKeyIn, ApiKeyOut, ApiKeysOut, NewApiKeyOut
from bank.service.schemas.common import RowId
from bank.service.schemas.operations import Empty
from bank.service.services import ServicesOfApp
from edge.idempotency import Answer, IdempotencyKey
from edge.problem import problems
from edge.wire import MAX_INTEGER

router = APIRouter(prefix="/api-keys", tags=["administration"])

Written = tuple[int, dict[str, object]]


@router.post("", status_code=201, response_model=NewApiKeyOut, responses=problems(401, 403, 409, 413, 422, 503))
async def create_api_key(
    request: Request, body: ApiKeyIn, key: IdempotencyKey, caller: Administrator, services: ServicesOfApp
) -> Response:
    """Makes a key; at most two of one name are live. The secret is in the first answer alone.

    Was that answer lost, a repeat says which key was made: revoke it and make another.
    """
    made: list[str] = []

    async def work(session: AsyncSession) -> Written:
        pepper = services.settings.pepper_bytes
        row, secret = await api_keys.issue(
            session, body.name, body.scopes, pepper, expires_in_days=body.expires_in_days
        )
        made[:] = [secret]
        return 201, NewApiKeyOut.unrevealed(row).model_dump(mode="json")

    async def reveal(answer: Answer) -> dict[str, str]:
        return {} if answer.repeated else {"secret": made[0]}

    step = Step("api_key", None)
    return await services.writes.answer(request, caller.name, key, step, body, work, reveal=reveal)


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
    request: Request,
    key_id: Annotated[RowId, Path()],
    body: Empty,
    key: IdempotencyKey,
    caller: Administrator,
    services: ServicesOfApp,
) -> Response:
    """Ends a key at once: the next request with it is refused."""

    async def work(session: AsyncSession) -> Written:
        row = await api_keys.revoke(session, key_id)
        return 200, ApiKeyOut.of(row).model_dump(mode="json")

    return await services.writes.answer(request, caller.name, key, Step("revocation", None), body, work)
