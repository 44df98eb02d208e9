from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from api.dependencies import Administrator, Caller, Requires, RequiresTenant, ServicesOfApp, Tenant
from api.fields import After, Empty, IdInPath, Limit
from api.users.schemas import ClientIn, ClientOut, LoginOut, UserChangeIn, UserIn, UserOut, UsersOut, client_out
from domain.errors import Conflict, NotFound
from domain.roles import Role, Scope
from edge.idempotency import IdempotencyKey
from edge.passwords import check_password
from edge.problem import problems
from edge.wire import Line
from fronts.paging import PAGE_SIZE, page
from fronts.passwords import count_mailbox
from fronts.services import Services
from fronts.writes import Written
from market.actor import only_oneself
from store.email_changes import want_email
from store.logins import create_login, login_of, normal_login
from store.marketplaces import Marketplace
from store.password_links import disable, enable
from store.settled import settled
from store.users import User, create_user, update_user, user_of, user_of_reference, users_after

router = APIRouter(tags=["users"])

_WRITES = problems(401, 403, 404, 409, 413, 422, 503)
_CHANGES = problems(401, 403, 404, 409, 413, 422, 429, 503)
Lister = Annotated[Caller, Depends(Requires(scope=Scope.USERS, role=Role.OPERATOR))]
Keeper = Annotated[Caller, Depends(Requires(scope=Scope.USERS, role=Role.ADMINISTRATOR))]

Reference = Annotated[Line, Path(min_length=1, max_length=200)]
Actor = Annotated[Tenant, Depends(RequiresTenant(scope=Scope.USERS))]
Reader = Annotated[Caller, Depends(Requires(scope=Scope.USERS, client=True, role=Role.OPERATOR))]


@router.post("/users", status_code=201, response_model=UserOut, responses=problems(401, 403, 409, 413, 422, 503))
async def add_user(
    request: Request, body: UserIn, key: IdempotencyKey, caller: Actor, services: ServicesOfApp
) -> Response:
    """Adds a buyer or seller; one user may be both."""

    async def work(session: AsyncSession) -> Written:
        user = await create_user(
            session,
            caller.marketplace_id,
            name=body.name,
            email=body.email,
            reference=body.reference,
            language=body.language,
        )
        return Written.of(201, UserOut.of(user), user)

    return await services.writes.answer(request, caller.name, key, body, work)


@router.get("/users/{user_id}", responses=problems(401, 403, 404, 422, 503))
async def read_user(user_id: IdInPath, caller: Reader, services: ServicesOfApp) -> UserOut:
    only_oneself(caller, user_id)
    async with services.database.transaction() as session:
        return UserOut.of(await user_of(session, caller.marketplace_id, user_id))


@router.get("/users", responses=problems(401, 403, 422, 503))
async def list_users(
    caller: Lister, services: ServicesOfApp, after: After = None, limit: Limit = PAGE_SIZE
) -> UsersOut:
    """Users in the order in which they were added."""
    until = await settled(services.database)
    async with services.database.transaction() as session:
        users = await users_after(session, caller.marketplace_id, after, limit + 1, until)
    shown, last = page(users, limit)
    return UsersOut(items=[UserOut.of(user) for user in shown], next=None if last is None else str(last.id))


@router.put("/users/{user_id}", response_model=UserOut, responses=_CHANGES)
async def change_user(
    request: Request,
    user_id: IdInPath,
    body: UserChangeIn,
    key: IdempotencyKey,
    caller: Actor,
    services: ServicesOfApp,
) -> Response:
    """Changes name and language at once, the e-mail address once it is confirmed by a link that is mailed there.

    A link at the old address keeps that one, and for three days after the change codes and links for a password still
    go there. Sessions and tokens end with the change.
    """

    async def work(session: AsyncSession) -> Written:
        user = await user_of(session, caller.marketplace_id, user_id, lock=True)
        return Written.of(200, UserOut.of(await _changed(session, services, user, body)), user)

    return await services.writes.answer(request, caller.name, key, body, work)


@router.put(
    "/user-references/{reference}",
    response_model=UserOut,
    responses=_CHANGES | {201: {"model": UserOut, "description": "There was none: created."}},
)
async def put_user(
    request: Request,
    reference: Reference,
    body: UserChangeIn,
    key: IdempotencyKey,
    caller: Actor,
    services: ServicesOfApp,
) -> Response:
    """Creates the user whom you know by this id of your own, or updates him."""

    async def work(session: AsyncSession) -> Written:
        user = await user_of_reference(session, caller.marketplace_id, reference)
        if user is None:
            data = {"name": body.name, "email": body.email, "language": body.language}
            try:
                made = await create_user(session, caller.marketplace_id, reference=reference, **data)
                return Written.of(201, UserOut.of(made), made)
            except Conflict:  # somebody else made him just now: then he is changed, as if that had been long ago
                user = await user_of_reference(session, caller.marketplace_id, reference)
        assert user is not None, "users are never deleted"
        return Written.of(200, UserOut.of(await _changed(session, services, user, body)), user)

    return await services.writes.answer(request, caller.name, key, body, work)


@router.post("/clients", status_code=201, response_model=ClientOut, responses=_WRITES, tags=["administration"])
async def add_client(
    request: Request, body: ClientIn, key: IdempotencyKey, caller: Administrator, services: ServicesOfApp
) -> Response:
    """Makes a client of a marketplace who logs in with this login and password."""
    login_name = normal_login(body.login)
    hashed = await services.passwords.hash(check_password(body.password, login_name))

    async def work(session: AsyncSession) -> Written:
        if await session.get(Marketplace, body.marketplace_id) is None:
            raise NotFound("unknown_marketplace", "There is no such marketplace.", "marketplace_id")
        user = await create_user(
            session,
            body.marketplace_id,
            name=body.name,
            email=body.email,
            reference=body.reference,
            language=body.language,
        )
        login = await create_login(session, name=login_name, password=hashed, user_id=user.id)
        return Written.of(201, client_out(user, login), login)

    return await services.writes.answer(request, caller.name, key, body, work)


@router.post("/users/{user_id}/disabling", response_model=LoginOut, responses=_WRITES)
async def disable_user(
    request: Request, user_id: IdInPath, body: Empty, key: IdempotencyKey, caller: Keeper, services: ServicesOfApp
) -> Response:
    """Ends a user's access at once, with every session and token. His deals and his money go on as they were."""

    async def work(session: AsyncSession) -> Written:
        login = await disable(session, await _login_id(session, caller, user_id))
        return Written.of(200, LoginOut.of(login), login)

    return await services.writes.answer(request, caller.name, key, body, work)


@router.post("/users/{user_id}/enabling", response_model=LoginOut, responses=_WRITES)
async def enable_user(
    request: Request, user_id: IdInPath, body: Empty, key: IdempotencyKey, caller: Keeper, services: ServicesOfApp
) -> Response:
    """Lets a disabled user in again, with the password that he had."""

    async def work(session: AsyncSession) -> Written:
        login = await enable(session, await _login_id(session, caller, user_id))
        return Written.of(200, LoginOut.of(login), login)

    return await services.writes.answer(request, caller.name, key, body, work)


async def _changed(session: AsyncSession, services: Services, user: User, body: UserChangeIn) -> User:
    await update_user(session, user, name=body.name, language=body.language)
    if body.email not in (user.email, user.wanted_email):
        await count_mailbox(session, services, body.email)
    await want_email(session, user, body.email)
    return user


async def _login_id(session: AsyncSession, caller: Caller, user_id: UUID) -> UUID:
    user = await user_of(session, caller.marketplace_id, user_id)
    login = await login_of(session, user_id=user.id)
    if login is None:
        raise Conflict("no_login", "The user has no login: only the marketplace's back end acts for him.")
    return login.id
