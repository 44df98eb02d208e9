"""Every route of a program, and a request for it made from its document: what is new is covered too."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

OPEN: Final = frozenset({"/health", "/ready", "/docs", "/docs/oauth2-redirect", "/redoc"})


@dataclass(frozen=True, slots=True)
class Route:
    """`right` is what the program asks of a caller there, None where any key will do.

    `operation` is the route in the OpenAPI document.
    """

    method: str
    path: str
    right: Any
    operation: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def scope(self) -> str | None:
        return None if self.right is None else self.right.scope


def routes_of(
    app: FastAPI, right: type, open_to_all: Collection[str] = OPEN, *, with_pages: bool = False
) -> list[Route]:
    """Every route of the API that needs a key; `right` is the kind of dependency that asks for one.

    `with_pages`: the program has pages too, which are not in its document; else every route has to be in it.
    """
    document = app.openapi()
    found: list[Route] = []
    for context in iter_route_contexts(app.routes):
        path, route = context.path, context.original_route
        documented = path in document["paths"]
        if path in open_to_all or not isinstance(route, APIRoute) or (with_pages and not documented):
            continue
        assert documented, f"{path} is not in the OpenAPI document"
        for method in sorted(route.methods or ()):
            operation = document["paths"][path][method.lower()]
            found.append(Route(method, str(path), _asked(route.dependant, right), operation))
    return found


def _asked(dependant: Dependant, right: type) -> Any:
    asked: list[object] = [dependency.call for dependency in dependant.dependencies]
    return next((call for call in asked if isinstance(call, right)), None)


@dataclass(frozen=True, slots=True)
class Sample:
    """Valid requests: `values` by the name of a field or parameter, else any value that its schema allows."""

    document: Mapping[str, Any]
    values: Mapping[str, Any]

    def request(self, route: Route, key: str) -> dict[str, Any]:
        """Arguments for `httpx.AsyncClient.request`; `key` is the Idempotency-Key."""
        path, query, headers = route.path, {}, {"Idempotency-Key": key}
        for parameter in route.operation.get("parameters", []):
            name = parameter["name"]
            value = self._value(name, parameter["schema"])
            if parameter["in"] == "path":
                path = path.replace("{" + name + "}", str(value))
            elif not parameter["required"] and name not in self.values:
                continue
            elif parameter["in"] == "query":
                query[name] = value
            elif name != "Idempotency-Key":
                headers[name] = str(value)
        wanted: dict[str, Any] = {"method": route.method, "url": path, "headers": headers}
        if query:
            wanted["params"] = query
        if "requestBody" in route.operation:
            schema = route.operation["requestBody"]["content"]["application/json"]["schema"]
            wanted["json"] = self._value("", schema)
        return wanted

    def _value(self, name: str, schema: Mapping[str, Any]) -> Any:
        if name in self.values:
            return self.values[name]
        if "$ref" in schema:
            return self._value(name, self.document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]])
        if schema.get("type") == "object":
            fields = schema.get("properties", {})
            either_of = [
                part["anyOf"][0].get("required", []) for part in [schema, *schema.get("allOf", [])] if "anyOf" in part
            ]
            wanted = [*schema.get("required", []), *chain.from_iterable(either_of)]
            return {field: self._value(field, fields[field]) for field in wanted}
        for either in ("anyOf", "oneOf", "allOf"):
            if either in schema:
                return self._value(name, schema[either][0])
        match schema:
            case {"const": value} | {"enum": [value, *_]} | {"examples": [value, *_]}:
                return value
            case {"type": "array", "items": items}:
                return [self._value(name.removesuffix("s"), items)]
            case {"type": "integer"}:
                return int(schema.get("minimum", 1))  # a document has no whole numbers
            case {"type": "number"}:
                return schema.get("minimum", 1)
            case {"format": "uuid"}:
                return "6ba7b810-9dad-41d1-80b4-00c04fd430c8"
            case {"type": "boolean"}:
                return False
        return "x"
