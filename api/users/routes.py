from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response
from sqlalchemy.ext.asyncio import AsyncSession

from api.dependencies import Administrator, Caller, Requires, RequiresTenant, ServicesOfApp, Tenant
from api.fields import After, Empty, IdInPath, Limit
from api.refusals import LIMITED_WRITES, LISTS, READS, WRITES
from api.users.schemas import ClientIn, ClientOut, LoginOut, UserChangeIn, UserIn, UserOut, UsersOut, client_out
from api.writes import Write
from domain.roles import Role, Scope
from edge.documents import refusing
from edge.problem import problems
from edge.wire import Line
from fronts.paging import PAGE_SIZE
from fronts.writes import Reply, replied, written
from market import users
from market.actor import only_oneself
from market.logins import credentials
from store.operations.settled import settled
from store.people.users import user_of, users_after

router = APIRouter(tags=["users"])

Lister = Annotated[Caller, Depends(Requires(scope=Scope.USERS, role=Role.OPERATOR))]
Keeper = Annotated[Caller, Depends(Requires(scope=Scope.USERS, role=Role.ADMINISTRATOR))]

Reference = Annotated[Line, Path(min_length=1, max_length=200)]
Actor = Annotated[Tenant, Depends(RequiresTenant(scope=Scope.USERS))]
Reader = Annotated[Caller, Depends(Requires(scope=Scope.USERS, client=True, role=Role.OPERATOR))]


@router.post(
    "/users",
    summary="Create a user",
    status_code=201,
    response_model=UserOut,
    responses=refusing(problems(401, 403, 409, 413, 422, 503), {409: "user_exists"}),
)
async def create_user(body: UserIn, caller: Actor, write: Write) -> Response:
    """Adds a buyer or seller; one user may be both."""
    act = partial(users.add, actor=caller, details=body.details(), reference=body.reference)
    return await write.answer(caller, body, written(201, act, UserOut.of))


@router.get("/users/{user_id}", summary="Get a user", responses=refusing(READS, {404: "unknown_user"}))
async def get_user(user_id: IdInPath, caller: Reader, services: ServicesOfApp) -> UserOut:
    only_oneself(caller, user_id)
    async with services.database.transaction() as session:
        return UserOut.of(await user_of(session, caller.marketplace_id, user_id))


@router.get("/users", summary="List users", responses=LISTS)
async def list_users(
    caller: Lister, services: ServicesOfApp, after: After = None, limit: Limit = PAGE_SIZE
) -> UsersOut:
    """Users in the order in which they were added."""
    until = await settled(services.database)
    async with services.replica.snapshot() as session:
        found = await users_after(session, caller.marketplace_id, after, limit + 1, until)
    return UsersOut.of(found, limit, UserOut.of)


@router.put(
    "/users/{user_id}",
    summary="Update a user",
    response_model=UserOut,
    responses=refusing(LIMITED_WRITES, {404: "unknown_user", 409: "user_exists", 429: "too_many_tries"}),
)
async def update_user(user_id: IdInPath, body: UserChangeIn, caller: Actor, write: Write) -> Response:
    """Changes name and language at once, the e-mail address once it is confirmed by a link mailed there.

    A link at the old address keeps that one. For three days after the change, codes and password links still go there.
    Sessions and tokens end with the change.
    """
    pepper = write.services.settings.pepper_bytes
    act = partial(users.change, actor=caller, user_id=user_id, details=body.details(), pepper=pepper)
    return await write.answer(caller, body, written(200, act, UserOut.of))


@router.put(
    "/user-references/{reference}",
    summary="Put a user by your own reference",
    response_model=UserOut,
    responses=refusing(
        LIMITED_WRITES | {201: {"model": UserOut, "description": "Created: there was none."}},
        {409: "user_exists", 429: "too_many_tries"},
    ),
)
async def put_user(reference: Reference, body: UserChangeIn, caller: Actor, write: Write) -> Response:
    """Creates or updates the user with this reference, an id of your own."""
    pepper = write.services.settings.pepper_bytes
    act = partial(users.put, actor=caller, reference=reference, details=body.details(), pepper=pepper)

    async def reply(session: AsyncSession, put: users.Put) -> Reply:
        return 201 if put.created else 200, UserOut.of(put.user)

    return await write.answer(caller, body, replied(act, reply))


@router.post(
    "/clients",
    summary="Create a client with a log-in",
    status_code=201,
    response_model=ClientOut,
    responses=refusing(
        WRITES, {404: "unknown_marketplace", 409: "user_exists login_exists", 422: "bad_login weak_password"}
    ),
    tags=["administration"],
)
async def create_client(body: ClientIn, caller: Administrator, write: Write) -> Response:
    """Makes a client of a marketplace who logs in with this login and password."""
    act = partial(
        users.add_client,
        marketplace_id=body.marketplace_id,
        details=body.details(),
        reference=body.reference,
        credentials=await credentials(write.services.passwords, body.login, body.password),
    )
    return await write.answer(caller, body, written(201, act, client_out))


@router.post(
    "/users/{user_id}/disabling",
    summary="Disable a user",
    response_model=LoginOut,
    responses=refusing(WRITES, {404: "unknown_user", 409: "no_login"}),
)
async def disable_user(user_id: IdInPath, body: Empty, caller: Keeper, write: Write) -> Response:
    """Ends a user's access at once, with every session and token. The user's deals and money are not affected."""
    act = partial(users.disable, actor=caller, user_id=user_id)
    return await write.answer(caller, body, written(200, act, LoginOut.of))


@router.post(
    "/users/{user_id}/enabling",
    summary="Enable a user",
    response_model=LoginOut,
    responses=refusing(WRITES, {404: "unknown_user", 409: "no_login"}),
)
async def enable_user(user_id: IdInPath, body: Empty, caller: Keeper, write: Write) -> Response:
    """Lets a disabled user log in again, with the same password."""
    act = partial(users.enable, actor=caller, user_id=user_id)
    return await write.answer(caller, body, written(200, act, LoginOut.of))
