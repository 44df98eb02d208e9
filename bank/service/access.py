"""Who may ask: `Authorization: Bearer <key>` with the right scope."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from bank.service.keys import Caller, authenticate
from bank.service.services import ServicesOfApp
from domain.errors import Forbidden, Unauthenticated

_BEARER = HTTPBearer(auto_error=False, description="An API key of the bank.")


async def _caller(
    services: ServicesOfApp, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
) -> Caller:
    if credentials is None:
        raise Unauthenticated("no_api_key", "An API key is needed: Authorization: Bearer …")
    return await authenticate(services.database, credentials.credentials, services.settings.pepper_bytes)


async def _marketplace(caller: Annotated[Caller, Depends(_caller)]) -> Caller:
    return _with_scope(caller, "payments")


async def _viewer(caller: Annotated[Caller, Depends(_caller)]) -> Caller:
    return _with_scope(caller, "balances")


async def _administrator(caller: Annotated[Caller, Depends(_caller)]) -> Caller:
    return _with_scope(caller, "admin")


def _with_scope(caller: Caller, scope: str) -> Caller:
    if scope not in caller.scopes:
        raise Forbidden("scope_missing", f"The API key lacks the scope {scope}.")
    return caller


AnyCaller = Annotated[Caller, Depends(_caller)]
Marketplace = Annotated[Caller, Depends(_marketplace)]
Viewer = Annotated[Caller, Depends(_viewer)]
Administrator = Annotated[Caller, Depends(_administrator)]
