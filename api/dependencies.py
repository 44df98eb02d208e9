"""What requests share, and who may ask: `Authorization: Bearer <key>` of a marketplace or of an operator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.authentication import Authentication
from api.movements import Movements
from api.nudges import Bells, Nudges
from api.writes import Writes
from domain.errors import Forbidden, Unauthenticated
from edge.database import Database
from edge.sealing import Sealer
from settings import MarketSettings


@dataclass(frozen=True, slots=True)
class Services:
    """Built once per program."""

    settings: MarketSettings
    database: Database
    sealer: Sealer
    bells: Bells
    nudges: Nudges
    writes: Writes
    movements: Movements
    authentication: Authentication


def build_services(settings: MarketSettings, bells: Bells) -> Services:
    database = Database(settings.database_url, pool_size=settings.database_pool_size)
    nudges = Nudges(bells)
    return Services(
        settings=settings,
        database=database,
        sealer=Sealer(settings.sealing_key_bytes),
        bells=bells,
        nudges=nudges,
        writes=Writes(database, settings.pepper_bytes, nudges),
        movements=Movements(database, settings.pepper_bytes),
        authentication=Authentication(database, settings.pepper_bytes),
    )


async def _services(request: Request) -> Services:
    # Not that it waits for anything: whatever is no coroutine, the framework hands to a thread, for each request.
    services: Services = request.app.state.services
    return services


ServicesOfApp = Annotated[Services, Depends(_services)]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. `name` owns idempotency keys: two live keys of one owner can be rotated.

    `marketplace_id` bounds what is seen; None is an operator, who sees all marketplaces.
    """

    name: str
    marketplace_id: UUID | None

    @property
    def is_operator(self) -> bool:
        return self.marketplace_id is None


@dataclass(frozen=True, slots=True)
class Tenant:
    """A marketplace that asks."""

    name: str
    marketplace_id: UUID


_BEARER = HTTPBearer(auto_error=False, description="An API key of a marketplace or of an operator.")


async def _caller(
    services: ServicesOfApp, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
) -> Caller:
    if credentials is None:
        raise Unauthenticated("no_api_key", "An API key is needed: Authorization: Bearer …")
    key = await services.authentication.key(credentials.credentials)
    if key.marketplace_id is not None:
        return Caller(f"marketplace/{key.marketplace_id}", key.marketplace_id)
    return Caller(f"operator/{key.operator_id}", None)


async def _marketplace(caller: Annotated[Caller, Depends(_caller)]) -> Tenant:
    if caller.marketplace_id is None:
        raise Forbidden("marketplace_key_needed", "This is done with the API key of a marketplace.")
    return Tenant(caller.name, caller.marketplace_id)


async def _operator(caller: Annotated[Caller, Depends(_caller)]) -> Caller:
    if not caller.is_operator:
        raise Forbidden("operator_key_needed", "This is done with the API key of an operator.")
    return caller


AnyCaller = Annotated[Caller, Depends(_caller)]
Marketplace = Annotated[Tenant, Depends(_marketplace)]
Operator = Annotated[Caller, Depends(_operator)]
