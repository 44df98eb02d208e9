"""Every route of the market that is not open to strangers, and who may use it: from the program itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from api.app import create_app
from api.dependencies import Rights
from tests.bank.matrix import Route
from tests.fixtures.databases import TestDatabase
from tests.fixtures.market import market_settings

_NOWHERE: Final = "postgresql+asyncpg://nobody@127.0.0.1:9/none"
_APP: Final = create_app(market_settings(TestDatabase("none", _NOWHERE, _NOWHERE, _NOWHERE)))
DOCUMENT: Final = _APP.openapi()
# Who is not known yet, a bank that signs what it says, and what all who are known may read.
OPEN: Final = {"/health", "/ready", "/docs", "/docs/oauth2-redirect", "/redoc", "/api/v1/bank-webhooks"} | {
    f"/api/v1/{path}" for path in ("oauth/token", "oauth/revoke", "sign-ups", "password-resets", "passwords")
}
# Reported by payment systems and banks, with keys of their own.
OF_SOURCES: Final = {"/api/v1/deposits"}
FOR_ALL: Final = {"/api/v1/banks", "/api/v1/fees", "/api/v1/deal-titles"}


@dataclass(frozen=True, slots=True)
class Guarded:
    """A route and who may use it; `rights` None: everybody who is known."""

    route: Route
    rights: Rights | None

    def __str__(self) -> str:
        return str(self.route)


def _guarded() -> list[Guarded]:
    found: list[Guarded] = []
    for context in iter_route_contexts(_APP.routes):
        path, route = context.path, context.original_route
        if not isinstance(route, APIRoute) or path in OPEN or path not in DOCUMENT["paths"]:
            continue
        for method in sorted(route.methods or ()):
            operation = DOCUMENT["paths"][path][method.lower()]
            found.append(Guarded(Route(method, str(path), None, operation), _rights(route.dependant)))
    return found


def _rights(dependant: Dependant) -> Rights | None:
    for dependency in dependant.dependencies:
        call: object = dependency.call
        if isinstance(call, Rights):
            return call
    return None


ROUTES: Final = _guarded()
