"""Every page of clients, from the program itself: what is new is covered too, or fails until it is classified."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from api.app import create_app
from pages.site import install
from pages.visit import _cabinet, _payer
from tests.fixtures.market import NOWHERE, market_settings


@dataclass(frozen=True, slots=True)
class PageRoute:
    """`guarded`: one has to be known for it."""

    method: str
    path: str
    guarded: bool

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def parameters(self) -> set[str]:
        return {part.strip("{}").partition(":")[0] for part in self.path.split("/") if part.startswith("{")}

    def filled(self, values: dict[str, str]) -> str:
        """Its address. Raises `KeyError` for a parameter without a value."""
        parts = [values[part.strip("{}").partition(":")[0]] if "{" in part else part for part in self.path.split("/")]
        return "/".join(parts)


def program() -> FastAPI:
    """API and pages over nothing: to be looked at."""
    return _both()[0]


@cache
def _both(**settings: Any) -> tuple[FastAPI, FastAPI]:
    app = create_app(market_settings(NOWHERE, **settings))
    return app, install(app)


def page_routes(**settings: Any) -> list[PageRoute]:
    """In the order in which they are tried; `settings` are further ones, some of which add pages."""
    found = []
    for context in iter_route_contexts(_both(**settings)[1].routes):
        route = context.original_route
        if isinstance(route, APIRoute):
            methods = sorted((route.methods or set()) - {"HEAD"})
            found += [PageRoute(method, str(context.path), _is_guarded(route.dependant)) for method in methods]
    return found


def _is_guarded(dependant: Dependant) -> bool:
    return any(each.call in (_payer, _cabinet) or _is_guarded(each) for each in dependant.dependencies)
