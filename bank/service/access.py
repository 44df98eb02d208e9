"""Who may ask: `Authorization: Bearer <key>` with the right scope."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from bank.service.acts.api_keys import SCOPES
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


class RequiresScope:
    """A dependency: the caller, whose key has `scope`. The attribute says it of a route to whoever reads the routes."""

    def __init__(self, scope: str) -> None:
        assert scope in SCOPES, scope
        self.scope = scope

    async def __call__(self, caller: Annotated[Caller, Depends(_caller)]) -> Caller:
        if self.scope not in caller.scopes:
            raise Forbidden("scope_missing", f"The API key lacks the scope {self.scope}.")
        return caller


AnyCaller = Annotated[Caller, Depends(_caller)]
Marketplace = Annotated[Caller, Depends(RequiresScope("payments"))]
Viewer = Annotated[Caller, Depends(RequiresScope("balances"))]
Administrator = Annotated[Caller, Depends(RequiresScope("admin"))]
