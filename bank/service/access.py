"""Authentication: `Authorization: Bearer <key>` with the right scope."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from bank.service.acts.api_keys import SCOPES
from bank.service.requests.keys import Caller, authenticate, check_scope, scope_missing
from bank.service.requests.writes import WriteRequest
from bank.service.services import Services, ServicesOfApp
from domain.errors import Refusal, Unauthenticated
from edge.key_header import IdempotencyKey

_BEARER = HTTPBearer(auto_error=False, description="An API key of the bank.")


# Dependencies are coroutines although they wait for nothing: a plain function would run in a thread.
async def _secret(credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]) -> str:
    if credentials is None:
        raise Unauthenticated("no_api_key", "An API key is needed: Authorization: Bearer …")
    return credentials.credentials


async def _caller(services: ServicesOfApp, secret: Annotated[str, Depends(_secret)]) -> Caller:
    return await authenticate(services.database, secret, services.settings.pepper_bytes)


class RequiresScope:
    """A dependency: the caller has `scope`. The attribute lets other code read it from the route."""

    def __init__(self, scope: str) -> None:
        assert scope in SCOPES, scope
        self.scope = scope

    async def __call__(self, *found: Any, **named: Any) -> Any:
        raise NotImplementedError


class _Known(RequiresScope):
    """The caller, looked up before anything else is done."""

    async def __call__(self, caller: Annotated[Caller, Depends(_caller)]) -> Caller:
        if self.scope not in caller.scopes:
            raise scope_missing(self.scope)
        return caller


class _Writes(RequiresScope):
    """A write, whose API key is looked up when it arrives. Only for routes that are `ArrivesFirst`."""

    async def __call__(
        self, request: Request, key: IdempotencyKey, secret: Annotated[str, Depends(_secret)]
    ) -> WriteRequest:
        found = WriteRequest(request, key, secret, self.scope)
        request.state.write = found
        return found


class ArrivesFirst(APIRoute):
    """A route of writes: one that is refused before it has arrived only learns why with a good API key."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def arrives_first(request: Request) -> Response:
            try:
                return await handle(request)
            except (RequestValidationError, Refusal):
                write: WriteRequest | None = getattr(request.state, "write", None)
                if write is not None and not write.known:
                    services: Services = request.app.state.services
                    await check_scope(services.database, write.secret, services.settings.pepper_bytes, write.scope)
                raise

        return arrives_first


AnyCaller = Annotated[Caller, Depends(_caller)]
Marketplace = Annotated[Caller, Depends(_Known("payments"))]
PayingOut = Annotated[Caller, Depends(_Known("payouts"))]
Platform = Annotated[Caller, Depends(_Known("platform"))]
Viewer = Annotated[Caller, Depends(_Known("balances"))]
Administrator = Annotated[Caller, Depends(_Known("admin"))]

MarketplaceWrites = Annotated[WriteRequest, Depends(_Writes("payments"))]
PayingOutWrites = Annotated[WriteRequest, Depends(_Writes("payouts"))]
PlatformWrites = Annotated[WriteRequest, Depends(_Writes("platform"))]
ViewerWrites = Annotated[WriteRequest, Depends(_Writes("balances"))]
AdministratorWrites = Annotated[WriteRequest, Depends(_Writes("admin"))]
