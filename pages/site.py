"""The pages as part of the API's program: a separate application on every address that the API does not use."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import Final

from fastapi import APIRouter, FastAPI
from starlette.routing import Match, Mount
from starlette.types import Scope

import pages as package
from edge.headers import SafeHeaders
from fronts.guard import HEADERS
from pages import failures, test_money

CONTENT_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
# First parts of addresses that are never pages. They are listed here, because how the framework stores its routes is
# its own affair. A test compares them with every route of the API.
TAKEN: Final = frozenset(
    {"api", "admin", "health", "ready", "docs", "openapi.json", "socket.io", "static-offline-docs"}
)


class _Rest(Mount):
    """Everything not below one of `TAKEN`: the API itself refuses a wrong method or address of its own."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        first = str(scope.get("path", "")).lstrip("/").split("/", maxsplit=1)[0]
        return (Match.NONE, {}) if first in TAKEN else super().matches(scope)


def install(market: FastAPI) -> FastAPI:
    """Adds the pages to the API's application, and returns them. Called last: they take the remaining addresses."""
    # A nearly right address is not redirected: the framework would redirect to the host in `Host`.
    pages = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    pages.state.market = market
    failures.install(pages)
    for router in _routers():
        if router is not test_money.router or market.state.settings.test_bank_key is not None:
            pages.include_router(router)
    # Around the application and not a middleware in it: the answer to our own failure is made outside of those.
    market.router.routes.append(_Rest("/", SafeHeaders(pages, HEADERS | {"Content-Security-Policy": CONTENT_POLICY})))
    return pages


def _routers() -> Iterator[APIRouter]:
    """The router of each file of this package that has one."""
    for found in iter_modules(package.__path__):
        router = getattr(import_module(f"pages.{found.name}"), "router", None)
        if isinstance(router, APIRouter):
            yield router
