"""Who may ask: `Authorization: Bearer <key>` with the right scope."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from bank.service.acts.api_keys import SCOPES
from bank.service.keys import Asking, Caller, asking, authenticate, check, scope_missing
from bank.service.services import Services, ServicesOfApp
from domain.errors import Refusal, Unauthenticated

_BEARER = HTTPBearer(auto_error=False, description="An API key of the bank.")


# Dependencies are coroutines although they wait for nothing: a plain function would be run in a thread.
async def _secret(credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]) -> str:
    if credentials is None:
        raise Unauthenticated("no_api_key", "An API key is needed: Authorization: Bearer …")
    return credentials.credentials


async def _caller(services: ServicesOfApp, secret: Annotated[str, Depends(_secret)]) -> Caller:
    return await authenticate(services.database, secret, services.settings.pepper_bytes)


class RequiresScope:
    """A dependency: whoever asks has `scope`. The attribute says it of a route to whoever reads the routes."""

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


class _Unknown(RequiresScope):
    """A key that is looked up by the first statement of the step itself. Only for routes that are `AskedFirst`."""

    async def __call__(
        self, request: Request, services: ServicesOfApp, secret: Annotated[str, Depends(_secret)]
    ) -> Asking:
        found: Asking = asking(secret, services.settings.pepper_bytes, self.scope)
        request.state.asking = found
        return found


class AskedFirst(APIRoute):
    """A route whose key is looked up by its step: a request that is refused before is only told so with a good key."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def asked_first(request: Request) -> Response:
            try:
                return await handle(request)
            except (RequestValidationError, Refusal):
                found: Asking | None = getattr(request.state, "asking", None)
                if found is not None and not found.known:
                    services: Services = request.app.state.services
                    await check(services.database, found)
                raise

        return asked_first


AnyCaller = Annotated[Caller, Depends(_caller)]
Marketplace = Annotated[Caller, Depends(_Known("payments"))]
AskingMarketplace = Annotated[Asking, Depends(_Unknown("payments"))]
PayingOut = Annotated[Caller, Depends(_Known("payouts"))]
Viewer = Annotated[Caller, Depends(_Known("balances"))]
Administrator = Annotated[Caller, Depends(_Known("admin"))]
