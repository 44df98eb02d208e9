"""Every refusal as `application/problem+json` (RFC 9457) with a stable `code`, without internal details.

The one translator from domain refusals, framework errors and database outages to HTTP.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import structlog
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Match

from domain.errors import Later, Malformed, Refusal, Unauthenticated, Unavailable
from domain.overrides import STEP_NAME
from domain.statuses import CODE
from edge.bodies import Bodies, RefusedBody
from edge.characters import EMAIL, LINE, LINK, PROGRAM, SAID, TEXT, VISIBLE, WORDS
from edge.database import OUTAGES, is_behind, is_outage
from edge.idempotency import Answer, problem_body
from edge.logs import request_id
from edge.webhooks import SIGNS

MEDIA_TYPE: Final = "application/problem+json"
REPLAYED_HEADER: Final = "Idempotency-Replayed"
MAX_BODY_BYTES: Final = 160 * 1024  # a contract of ten described milestones, in letters that a form sends as six bytes
RETRY_AFTER_OUTAGE_S: Final = 1
RETRY_AFTER_BEHIND_S: Final = 60  # an operator has to act first

if TYPE_CHECKING:
    from fastapi import FastAPI  # which a program without an API, such as a worker, starts faster without

log = structlog.get_logger()

# pydantic's error types with a code of their own here; all others are `invalid_field`.
_CODES: Final = {"extra_forbidden": "unknown_field", "missing": "missing_field", "json_invalid": "malformed_json"}
_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
_FRAMEWORK_CODES: Final = {404: "not_found", 405: "method_not_allowed"}


class Problem(BaseModel):
    """A refused request. `code` is stable and meant for programs, `detail` is a sentence for people.

    `request_id` is also the header `X-Request-Id`, and in our logs: name it when you ask for help.
    """

    model_config = ConfigDict(extra="forbid")

    type: str
    title: str
    status: int
    code: str
    detail: str
    field: str | None = None
    request_id: str


def install(app: FastAPI, *, max_body_bytes: int = MAX_BODY_BYTES) -> None:
    """Turns every refusal and failure of `app` into a problem, and bounds request bodies."""
    from fastapi.exceptions import RequestValidationError  # noqa: PLC0415  # see above

    app.add_middleware(Bodies, max_bytes=max_body_bytes, answer=response)
    app.add_exception_handler(Refusal, _on_refusal)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    for outage in OUTAGES:
        app.add_exception_handler(outage, _on_database)
    app.add_exception_handler(Exception, _on_bug)


def response(refusal: Refusal) -> Response:
    """The HTTP answer for this refusal."""
    headers: dict[str, str] = {}
    if isinstance(refusal, Later):
        headers["Retry-After"] = str(refusal.retry_after_s)
    if isinstance(refusal, Unauthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    return _problem(problem_body(refusal), headers)


def answer_response(answer: Answer) -> Response:
    """The HTTP answer for a stored one; `Idempotency-Replayed: true` for a repeat."""
    headers = {REPLAYED_HEADER: "true"} if answer.repeated else {}
    if answer.status >= 400:
        return _problem(answer.body | {"status": answer.status}, headers)
    return JSONResponse(answer.body, answer.status, headers)


def _problem(body: Mapping[str, Any], headers: Mapping[str, str]) -> Response:
    """A stored refusal too names the request that is answered now: its lines in the logs are the ones to look for."""
    return JSONResponse({**body, "request_id": request_id()}, body["status"], headers, MEDIA_TYPE)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For `responses=` of a route: documents that these statuses answer with a `Problem`."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {"description": _DESCRIPTIONS[status], "content": {MEDIA_TYPE: {"schema": schema}}}
        for status in statuses
    }


_DESCRIPTIONS: Final[Mapping[int, str]] = {
    401: "No API key or log-in, or one that is not valid now.",
    403: "Valid, but without the right to do this.",
    404: "Unknown, or another caller's.",
    409: "Impossible in the present state.",
    413: "The body is too large.",
    415: "The body has a content coding, such as gzip.",
    422: "The input is invalid; `field` names the field.",
    429: "A limit was reached; `Retry-After` says when to try again.",
    503: "A service that this needs does not answer; nothing was done.",
}


_MARKS: Final = "without control characters or marks of direction"
# A pattern is for programs: people read what it asks for.
PATTERNS: Final[Mapping[str, str]] = {
    EMAIL: "This is not an e-mail address.",
    LINE: f"This has to be one line with a visible character, {_MARKS}.",
    WORDS: f"This has to be one line, {_MARKS}.",
    SAID: f"This has to have a visible character, and be {_MARKS}.",
    TEXT: f"This has to be {_MARKS}.",
    LINK: "This has to be a link that begins with https://, in visible ASCII characters without spaces.",
    PROGRAM: "This has to begin with https:// or http://, in visible ASCII characters without ? and #.",
    VISIBLE: "This has to be in visible ASCII characters, without spaces.",
    CODE: "This has to be a small Latin letter, then up to 39 small letters, digits and underscores.",
    SIGNS: "This has to be a webhook secret: whsec_ and at least 12 bytes in Base64.",
    STEP_NAME: "This has to be the name of a step and its number, such as debit/1.",
}


def said_of(error: Mapping[str, Any]) -> str:
    """One error of pydantic in words for people."""
    said = str(error["msg"])
    return PATTERNS.get(error["ctx"]["pattern"], said) if error["type"] == "string_pattern_mismatch" else said


async def _on_refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return response(error)


async def _on_invalid(request: Request, error: Exception) -> Response:
    from fastapi.exceptions import RequestValidationError  # noqa: PLC0415  # see above

    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    code = _CODES.get(first["type"], "invalid_field")
    # The first part of `loc` is the location (body, query, header, path); for a JSON error the second is an offset.
    path = () if code == "malformed_json" else first["loc"][1:]
    field = ".".join(str(part) for part in path) or None
    said = said_of(first)
    if (code, first["loc"][0]) == ("missing_field", "header"):
        said = f"The header {field} is needed."
    return response(Malformed(code, said, field))


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if isinstance(error, RefusedBody):
        return response(error.refusal)
    if error.status_code == 400:  # the framework's error for a body that is not UTF-8, or nested too deeply
        return response(Malformed("malformed_json", "The body is not valid JSON in UTF-8."))
    refusal = Refusal(_FRAMEWORK_CODES.get(error.status_code, "http_error"), str(error.detail))
    headers = dict(error.headers or {}) | ({"Allow": _allowed(request)} if error.status_code == 405 else {})
    return _problem(problem_body(refusal) | {"status": error.status_code}, headers)


def _allowed(request: Request) -> str:
    """Every method that the address accepts (RFC 9110, 10.2.1); the framework lists those of its first route only."""
    routes = request.app.router.routes
    scopes = {method: {**request.scope, "method": method} for method in _METHODS}
    return ", ".join(
        method for method, scope in scopes.items() if any(route.matches(scope)[0] is Match.FULL for route in routes)
    )


async def _on_database(request: Request, error: Exception) -> Response:
    if is_behind(error):
        said = "The books are being brought up to date after a restore. Nothing was done; try again with the same key."
        return response(Unavailable("books_behind", said, RETRY_AFTER_BEHIND_S))
    if not is_outage(error):
        raise error
    log.warning("database_down", error=type(error).__name__)
    return response(Unavailable("database_unavailable", "Try again with the same key.", RETRY_AFTER_OUTAGE_S))


async def _on_bug(request: Request, error: Exception) -> Response:
    """The failure itself goes on to the log (`edge/logs.py`)."""
    refusal = Refusal("internal_error", "Something is wrong on our side; ask again with the same key.")
    return _problem(problem_body(refusal) | {"status": 500}, {})
