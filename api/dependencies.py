"""Shared by requests: who may call. `Authorization: Bearer` with a program's API key or a person's token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from domain.errors import Forbidden, Unauthenticated
from domain.roles import Role, Scope
from edge import logs
from edge.tokens import looks_like_token
from fronts.services import Services
from market.actor import Actor
from store.people.grants import person_granted
from store.people.operators import Operator as OperatorRow
from store.people.operators import roles_of


async def _services(request: Request) -> Services:
    # Async although it waits for nothing: the framework runs anything else in a thread, for each request.
    services: Services = request.app.state.services
    return services


ServicesOfApp = Annotated[Services, Depends(_services)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller(Actor):
    """The caller. `name` owns idempotency keys: two live keys of one owner can be rotated.

    `marketplace_id` bounds what is visible; None is an operator, who sees all marketplaces. `user_id` is set for
    clients, who see only their own data.
    """

    name: str
    operator_id: UUID | None = None
    roles: frozenset[Role] = frozenset()
    scopes: frozenset[Scope] = frozenset()

    @property
    def is_operator(self) -> bool:
        return self.marketplace_id is None


@dataclass(frozen=True, slots=True)
class Person:
    """A calling operator."""

    name: str
    operator_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant(Actor):
    """A calling marketplace, or a client of one: then `user_id` is set, and they act only for themselves."""

    name: str
    marketplace_id: UUID
    scopes: frozenset[Scope] = frozenset()
    """Of a marketplace's key."""


_BEARER = HTTPBearer(
    auto_error=False, description="An API key of a marketplace or of an operator, or an access token of a person."
)


Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]


async def _caller(request: Request, credentials: Credentials) -> Caller:
    services: Services = request.app.state.services
    if credentials is None:
        raise Unauthenticated("no_api_key", "An API key is needed: Authorization: Bearer …")
    secret = credentials.credentials
    if looks_like_token(secret):
        return await _person(services, secret)
    key = await services.authentication.key(secret)
    if key.marketplace_id is not None:
        scopes = frozenset(Scope(scope) for scope in key.scopes)
        logs.bind(marketplace=str(key.marketplace_id))
        return Caller(name=f"marketplace/{key.marketplace_id}", marketplace_id=key.marketplace_id, scopes=scopes)
    async with services.database.transaction() as session:
        operator = await session.get_one(OperatorRow, key.operator_id)
    return Caller(
        name=f"operator/{operator.id}", marketplace_id=None, operator_id=operator.id, roles=roles_of(operator)
    )


async def _person(services: Services, token: str) -> Caller:
    claims = services.tokens.read(token)
    person = None
    if claims is not None:
        async with services.database.transaction() as session:
            person = await person_granted(session, claims.grant_id, claims.expires_at)
    # A token cannot belong to another user by now, but checking this costs nothing.
    if claims is None or person is None or person.login_id != claims.login_id:
        raise Unauthenticated("bad_access_token", "The access token is wrong, over or ended: refresh it, or log in.")
    if person.operator_id is not None:
        return Caller(
            name=f"operator/{person.operator_id}",
            marketplace_id=None,
            operator_id=person.operator_id,
            roles=person.roles,
        )
    logs.bind(marketplace=str(person.marketplace_id))
    return Caller(
        name=f"user/{person.user_id}",
        marketplace_id=person.marketplace_id,
        user_id=person.user_id,
        roles=person.roles,
    )


class Rights:
    """Who may use a route; the attributes let other code read it from the route.

    `scope` is what a marketplace's key needs, None: no marketplace may. `client`: logged-in clients may, for
    themselves. `role`: what a member of staff needs, None: staff may not.
    """

    def __init__(self, *, scope: Scope | None = None, client: bool = False, role: Role | None = None) -> None:
        self.scope = scope
        self.client = client
        self.role = role

    def check(self, caller: Caller) -> None:
        """Raises `Forbidden` naming what is missing."""
        if caller.is_operator:
            if self.role is None:
                raise Forbidden("marketplace_key_needed", "This is done with the API key of a marketplace.")
            if self.role not in caller.roles:
                raise Forbidden("role_missing", f"This is for the role {self.role}.")
        elif self.scope is None and not self.client:
            raise Forbidden("operator_key_needed", "This is done with the API key of an operator.")
        elif caller.user_id is not None:
            if not self.client:
                raise Forbidden("marketplace_key_needed", "This is done with the API key of a marketplace.")
        elif self.scope is None or self.scope not in caller.scopes:
            raise Forbidden("scope_missing", f"The API key lacks the scope {self.scope}.")


class Requires(Rights):
    """A dependency: a caller who may do this."""

    # Calls what it could depend on: each dependency costs a twentieth of the time of a whole transfer.
    async def __call__(self, request: Request, credentials: Credentials) -> Caller:
        caller = await _caller(request, credentials)
        self.check(caller)
        return caller


class RequiresTenant(Rights):
    """The same for routes not open to staff; returns the marketplace."""

    async def __call__(self, request: Request, credentials: Credentials) -> Tenant:
        caller = await _caller(request, credentials)
        self.check(caller)
        assert caller.marketplace_id is not None
        return Tenant(
            name=caller.name, marketplace_id=caller.marketplace_id, user_id=caller.user_id, scopes=caller.scopes
        )


class RequiresStaff(Rights):
    """The same for routes not open to marketplaces; returns the person."""

    async def __call__(self, request: Request, credentials: Credentials) -> Person:
        caller = await _caller(request, credentials)
        self.check(caller)
        assert caller.operator_id is not None
        return Person(caller.name, caller.operator_id)


async def _known(caller: Annotated[Caller, Depends(_caller)]) -> Caller:
    if caller.user_id is not None:
        raise Forbidden("marketplace_key_needed", "This is done with the API key of a marketplace.")
    return caller


Anybody = Annotated[Caller, Depends(_caller)]
"""Every authenticated caller, clients included."""
AnyCaller = Annotated[Caller, Depends(_known)]
"""A marketplace or a member of staff, with any rights."""
Operator = Annotated[Person, Depends(RequiresStaff(role=Role.OPERATOR))]
Arbiter = Annotated[Person, Depends(RequiresStaff(role=Role.ARBITER))]
Approver = Annotated[Caller, Depends(Requires(role=Role.APPROVER))]
WalletActor = Annotated[Tenant, Depends(RequiresTenant(scope=Scope.WALLETS, client=True))]
"""Moves money between wallets: a marketplace's back end, or a client from their own wallets."""
WalletReader = Annotated[Caller, Depends(Requires(scope=Scope.WALLETS, client=True, role=Role.OPERATOR))]
Administrator = Annotated[Caller, Depends(Requires(role=Role.ADMINISTRATOR))]


def may_take_from_wallets(caller: Tenant) -> None:
    """Clients may let a deal take money from their own, a marketplace's key with the scope for it.

    Raises `Forbidden` scope_missing.
    """
    if caller.user_id is None and Scope.WALLETS not in caller.scopes:
        raise Forbidden("scope_missing", f"The API key lacks the scope {Scope.WALLETS}.")


def may_say_where_payouts_go(caller: Tenant) -> None:
    """Clients may for themselves, a marketplace's key with the scope for it. Raises `Forbidden` scope_missing."""
    if caller.user_id is None and Scope.PAYOUTS not in caller.scopes:
        raise Forbidden("scope_missing", f"The API key lacks the scope {Scope.PAYOUTS}.")
