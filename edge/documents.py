"""The OpenAPI document of an application, made for people: words for what they do, and every code of a refusal.

An operation is called as its function is, `create_deal`, and summed up in those words. A route names the codes of its
own refusals (`refusing`); those of every request are added here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from edge.idempotency import HEADER
from edge.logs import REQUEST_ID_HEADER
from edge.problem import REPLAYED_HEADER, Problem, problems

CODES: Final = "x-codes"
"""Of a response in the document: the codes of its problems, the operation's own first."""

Responses = Mapping[int | str, Mapping[str, Any]]
Codes = Mapping[int, str]
"""Codes by status, separated by spaces."""
Examples = Mapping[str, Mapping[str, Any]]

# Of every operation that can answer with the status, for what the request itself is like.
_OF_REQUESTS: Final[Codes] = {
    413: "body_too_large",
    415: "unsupported_encoding",
    422: "missing_field invalid_field unknown_field repeated_field",
}
_OF_BODIES: Final = "malformed_json"
_OF_KEYS: Final[Codes] = {409: "request_in_progress", 422: "idempotency_key_reused"}
_HEADERS: Final = {
    REQUEST_ID_HEADER: "The caller's own if it is well-formed, else a new one; in our logs too.",
    REPLAYED_HEADER: "`true` when this is the stored answer to an earlier request with the key.",
    "Retry-After": "Seconds.",
}
_HEALTH: Final = "health"


def refusing(responses: Responses, codes: Codes) -> dict[int | str, dict[str, Any]]:
    """For `responses=` of a route: these, with the codes with which this operation refuses."""
    named = {**responses, **problems(*(status for status in codes if status not in responses))}
    return {
        status: dict(response) | ({CODES: codes[int(status)].split()} if int(status) in codes else {})
        for status, response in named.items()
    }


def operation_id(route: APIRoute) -> str:
    """For `generate_unique_id_function=` of an application."""
    return route.name


def install(app: FastAPI, of_callers: Codes | None = None, examples: Examples = MappingProxyType({})) -> None:
    """Documents `app`. If its routes name their codes, `of_callers` are those of all operations of known callers.

    `examples` are bodies of requests by operation.
    """

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
                tags=app.openapi_tags,
                webhooks=app.webhooks.routes,
            )
            components = document.setdefault("components", {})
            components.setdefault("schemas", {})["Problem"] = Problem.model_json_schema()
            components["headers"] = {
                name: {"description": said, "schema": {"type": "string"}} for name, said in _HEADERS.items()
            }
            for operation in (each for methods in document["paths"].values() for each in methods.values()):
                _complete(operation, of_callers)
                if operation["operationId"] in examples:
                    content = operation["requestBody"]["content"]["application/json"]
                    content["example"] = examples[operation["operationId"]]
            app.openapi_schema = _with_short_names(document)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend the document


def _complete(operation: dict[str, Any], of_callers: Codes | None) -> None:
    operation["summary"] = _summary(operation)
    responses: dict[str, Any] = operation["responses"]
    # An unknown query parameter is refused on every route.
    responses.setdefault("422", problems(422)[422])
    if "requestBody" in operation:
        responses.setdefault("415", problems(415)[415])
    keyed = any(field["name"] == HEADER for field in operation.get("parameters", ()))
    for status, response in responses.items():
        headers = [REQUEST_ID_HEADER, *([REPLAYED_HEADER] if keyed else []), *_retry(int(status))]
        response["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in headers}
        if of_callers is not None and int(status) >= 400:
            response[CODES] = [*response.get(CODES, ()), *_general(operation, int(status), of_callers, keyed=keyed)]
            said = ", ".join(f"`{code}`" for code in response[CODES])
            response["description"] = f"{response['description']}\n\nCodes: {said}."
    # The statuses of a group of routes may be more than those of one of them.
    operation["responses"] = {status: one for status, one in sorted(responses.items()) if one.get(CODES, True)}


def _summary(operation: Mapping[str, Any]) -> str:
    """The route's own, else its name in words. The framework's has a capital at every word."""
    words = operation["operationId"].replace("_", " ")
    given = str(operation.get("summary", ""))
    return words.capitalize() if given.lower() == words else given


def _retry(status: int) -> list[str]:
    return ["Retry-After"] if status in (429, 503) else []


def _general(operation: Mapping[str, Any], status: int, of_callers: Codes, *, keyed: bool) -> Iterator[str]:
    if keyed:
        yield from _OF_KEYS.get(status, "").split()
    if status == 422 and "requestBody" in operation:
        yield _OF_BODIES
    yield from _OF_REQUESTS.get(status, "").split()
    if status == 503 and _HEALTH not in operation.get("tags", ()):
        yield "database_unavailable"
    if "security" in operation:
        yield from of_callers.get(status, "").split()


def _with_short_names(document: dict[str, Any]) -> dict[str, Any]:
    """Two schemas of one name have their module's as well: not `domain__terms__Cause` but `TermsCause`."""
    renamed = {name: _short(name) for name in document["components"]["schemas"] if "__" in name}
    assert len(set(renamed.values())) == len(renamed), "two schemas have one name"
    text = json.dumps(document)
    for name, short in renamed.items():
        text = text.replace(f'"#/components/schemas/{name}"', f'"#/components/schemas/{short}"')
        text = text.replace(f'"{name}": {{', f'"{short}": {{')
    shortened: dict[str, Any] = json.loads(text)
    for short in renamed.values():
        shortened["components"]["schemas"][short]["title"] = short
    return shortened


def _short(name: str) -> str:
    *modules, last = name.split("__")
    module = [part for part in modules if part not in ("schemas", "routes", "service")][-1]
    return "".join(word.capitalize() for word in module.split("_")) + last
