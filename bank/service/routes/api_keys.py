from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.access import Administrator, AdministratorWrites, ArrivesFirst
from bank.service.acts import api_keys
from bank.service.facts import Facts
from bank.service.models import ApiKeyRow
from bank.service.plan import Result
from bank.service.requests.gate import Step
from bank.service.requests.writes import worked
from bank.service.schemas.common import Moment, Name, RowId
from bank.service.schemas.operations import Empty
from bank.service.services import ServicesOfApp
from edge.idempotency import Answer
from edge.problem import problems
from edge.wire import MAX_INTEGER, Wire, utc, utc_or_none

Scope = Literal["payments", "payouts", "platform", "balances", "admin"]


class ApiKeyIn(Wire):
    name: Name
    """The owner of the key: keys of one name see the same operations."""
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=4)]
    expires_in_days: Annotated[int, Field(ge=1, le=3650)] | None = None


class ApiKeyOut(Wire):
    id: int
    name: str
    prefix: str
    scopes: list[Scope]
    created_at: Moment
    expires_at: Moment | None
    revoked_at: Moment | None

    @classmethod
    def of(cls, row: ApiKeyRow) -> ApiKeyOut:
        return cls.model_validate(_fields(row))


class NewApiKeyOut(ApiKeyOut):
    """`secret` is shown once, in the first answer; in a repeat it is null, because it is not stored."""

    secret: str | None

    @classmethod
    def unrevealed(cls, row: ApiKeyRow) -> NewApiKeyOut:
        return cls.model_validate(_fields(row) | {"secret": None})


class ApiKeysOut(Wire):
    items: list[ApiKeyOut]
    next: str | None


def _fields(row: ApiKeyRow) -> dict[str, object]:
    return {
        "id": row.id,
        "name": row.name,
        "prefix": row.prefix,
        "scopes": list(row.scopes),
        "created_at": utc(row.created_at),
        "expires_at": utc_or_none(row.expires_at),
        "revoked_at": utc_or_none(row.revoked_at),
    }


router = APIRouter(prefix="/api-keys", tags=["administration"], route_class=ArrivesFirst)


@router.post("", status_code=201, response_model=NewApiKeyOut, responses=problems(401, 403, 409, 413, 422, 503))
async def create_api_key(body: ApiKeyIn, write: AdministratorWrites, services: ServicesOfApp) -> Response:
    """Makes a key; at most two of one name are live. The secret is only in the first answer.

    If that answer was lost, a repeat names the key: revoke it and make another.
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
