from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from api.dependencies import Caller, Requires, RequiresTenant, ServicesOfApp, Tenant, only_oneself
from api.fields import IdInPath
from api.users.schemas import UserIn, UserOut
from api.writes import Written
from domain.roles import Role, Scope
from edge.idempotency import IdempotencyKey
from edge.problem import problems
from store.users import create_user, user_of

router = APIRouter(tags=["users"])

Actor = Annotated[Tenant, Depends(RequiresTenant(scope=Scope.USERS))]
Reader = Annotated[Caller, Depends(Requires(scope=Scope.USERS, client=True, role=Role.OPERATOR))]


@router.post("/users", status_code=201, response_model=UserOut, responses=problems(401, 403, 409, 413, 422, 503))
async def add_user(
    request: Request, body: UserIn, key: IdempotencyKey, caller: Actor, services: ServicesOfApp
) -> Response:
    """Adds a buyer or seller; one user may be both."""

    async def work(session: AsyncSession) -> Written:
        user = await create_user(
            session, caller.marketplace_id, name=body.name, email=body.email, reference=body.reference
        )
        return Written.of(201, UserOut.of(user))

    return await services.writes.answer(request, caller.name, key, body, work)


@router.get("/users/{user_id}", responses=problems(401, 403, 404, 422, 503))
async def read_user(user_id: IdInPath, caller: Reader, services: ServicesOfApp) -> UserOut:
    only_oneself(caller, user_id)
    async with services.database.transaction() as session:
        return UserOut.of(await user_of(session, caller.marketplace_id, user_id))
