"""Unknown or repeated query parameters: a misspelt filter must not look like an answer."""

from __future__ import annotations

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from domain.errors import Malformed


async def only_known_parameters(request: Request) -> None:
    """A dependency of the application. Raises `Malformed` unknown_field or repeated_field naming the parameter."""
    if not request.scope["query_string"]:
        return
    route = request.scope["route"]
    known = _asked_for(route.dependant) if isinstance(route, APIRoute) else set()
    seen: set[str] = set()
    for name, _ in request.query_params.multi_items():
        if name not in known:
            raise Malformed("unknown_field", "There is no such query parameter here.", name[:100])
        if name in seen:
            raise Malformed("repeated_field", "This query parameter comes twice.", name[:100])
        seen.add(name)


def _asked_for(dependant: Dependant) -> set[str]:
    names = {field.alias for field in dependant.query_params}
    return names.union(*(_asked_for(each) for each in dependant.dependencies))
