"""Refusals and failures that no form shows: each is a page of its own."""

from __future__ import annotations

from typing import Final

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from domain.errors import Later, Refusal
from edge.database import OUTAGES, is_behind, is_outage
from edge.logs import request_id
from edge.problem import RETRY_AFTER_BEHIND_S, RETRY_AFTER_OUTAGE_S
from pages.errors import words_of
from pages.languages import language_of
from pages.visit import LANGUAGE_COOKIE, ZONE_COOKIE, SeeOther, Visit, visit_of
from texts.languages import message

log = structlog.get_logger()

_PAGES: Final = {
    404: message("There is nothing here"),
    403: message("That did not work"),
    405: message("That did not work"),
    413: message("That was too large"),
    422: message("That did not work"),
    429: message("Not so fast"),
    500: message("Something went wrong on our side"),
    503: message("We cannot be reached just now"),
}
_DETAILS: Final = {
    404: message("The page does not exist, or it is not yours."),
    500: message("Nothing was lost. Please open the page again."),
    503: message("Nothing was lost. Please try again in a moment."),
}


def install(app: FastAPI) -> None:
    """Turns every refusal and failure into a page."""
    app.add_exception_handler(SeeOther, _on_elsewhere)
    app.add_exception_handler(Refusal, _on_refusal)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    for outage in OUTAGES:
        app.add_exception_handler(outage, _on_database)
    app.add_exception_handler(Exception, _on_bug)


async def _on_elsewhere(request: Request, error: Exception) -> Response:
    assert isinstance(error, SeeOther)
    return RedirectResponse(error.url, 303)


async def _on_refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    visit = await _somebody(request)
    headers = {}
    if isinstance(error, Later):
        headers["Retry-After"] = str(error.retry_after_s)
    response = _page(visit, error.status, None if error.status == 404 else words_of(visit.language, error))
    response.headers.update(headers)
    return response


async def _on_invalid(request: Request, error: Exception) -> Response:
    # An invalid id in the address: there is no such page.
    return _page(await _somebody(request), 404)


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    response = _page(await _somebody(request), error.status_code)
    response.headers.update(error.headers or {})
    return response


async def _on_database(request: Request, error: Exception) -> Response:
    if not is_outage(error) and not is_behind(error):
        raise error
    log.warning("books_behind" if is_behind(error) else "database_down", error=type(error).__name__)
    response = _page(_nobody(request), 503)
    response.headers["Retry-After"] = str(RETRY_AFTER_BEHIND_S if is_behind(error) else RETRY_AFTER_OUTAGE_S)
    return response


async def _on_bug(request: Request, error: Exception) -> Response:
    return _page(_nobody(request), 500)


async def _somebody(request: Request) -> Visit:
    """The visit of this request: even a missing page shows who is logged in."""
    try:
        return await visit_of(request)
    except OUTAGES:
        return _nobody(request)


def _nobody(request: Request) -> Visit:
    """A visit without a database query: the database may be what failed."""
    cookies = request.cookies
    language = language_of(
        cookies.get(LANGUAGE_COOKIE), request.headers.get("accept-language", ""), cookies.get(ZONE_COOKIE)
    )
    return Visit(request, request.app.state.market.state.services, language, None, "")


def _page(visit: Visit, status: int, detail: str | None = None) -> Response:
    title = _PAGES.get(status, _PAGES[422])
    text = detail or visit.language.say(_DETAILS.get(status, message("Please go back and try again.")))
    named = request_id()
    return visit.page("error.html", status, title=visit.language.say(title), detail=text, request_id=named)
