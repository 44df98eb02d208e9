"""Refusals for people: beside the field of the form, or as a separate page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from domain.errors import Refusal, TooMany, Unavailable
from edge.database import OUTAGES, is_behind, is_outage
from edge.problem import RETRY_AFTER_BEHIND_S, RETRY_AFTER_OUTAGE_S
from pages.forms import FieldRefusal, ManyRefused
from pages.languages import language_of
from pages.visit import LANGUAGE_COOKIE, ZONE_COOKIE, SeeOther, Visit, visit_of
from texts.languages import message

log = structlog.get_logger()

# Where people need other words than programs: by stable code.
WORDS: Final = {
    "idempotency_key_reused": message("This form was sent before with other contents. Look at what came of it."),
    "request_in_progress": message("Your request is still being processed. Look again in a moment."),
    "user_exists": message("There is such a client already."),
    "unknown_account": message("Please choose one of your accounts."),
    "too_many_payments": message("This deal has had too many payments. Please ask the shop for help."),
    "too_many_proposals": message("There were too many proposals about this deal already."),
    "too_many_refunds": message("This deal has had too many refunds already."),
    "weak_password": message("Use 10 to 200 characters, and nothing that is easy to guess."),
    "bad_deadline": message("The deadline has to be later than it is, and at most a year away."),
    "exceeds_refundable": message("This is more than is left to refund."),
    "request_ended": message("This request was answered already."),
    "withdrawal_ended": message("This withdrawal no longer needs a code."),
    "too_many_wrong_codes": message("Too many codes were wrong. Please wait ten minutes, then enter this one again."),
    "too_many_unconfirmed": message("Ten of these wait for a code already. Confirm or cancel some of them first."),
    "too_many_codes": message("No more codes are sent for this. Start again if the last one does not work."),
    "code_too_soon": message("The last code was mailed a moment ago. Please wait half a minute."),
    "offer_changed": message("This offer has changed since you opened the page. Nothing was bought: look again."),
    "offer_not_available": message("This offer is not on sale any more. Nothing was bought."),
    "other_bank": message("This number is not one of the bank that you chose."),
    "no_such_account": message("The bank has no such account. Please compare the number with your bank's."),
    "account_closed": message("The bank has closed this account."),
    "account_unconfirmed": message("This account is not confirmed yet."),
    "currency_mismatch": message("The account is in another currency."),
    "bank_unreachable": message("The bank does not answer just now. Please try again in a moment."),
    "too_many_codes_sent": message(
        "The owner of this account has been sent many codes already. Please try again in an hour."
    ),
    "unknown_bank": message("Please choose a bank from the list."),
    "bad_account_number": message("An account number has 3 digits of the bank and 10 characters from 0-9 and a-f."),
}
_PAGES: Final = {
    404: message("There is nothing here"),
    403: message("That did not work"),
    405: message("That did not work"),
    413: message("That was too much"),
    422: message("That did not work"),
    429: message("Not so fast"),
    500: message("Something went wrong on our side"),
    503: message("We are not reachable just now"),
}
_DETAILS: Final = {
    404: message("The page does not exist, or it is not yours."),
    500: message("Nothing was lost. Please open the page again."),
    503: message("Nothing was lost. Please try again in a moment."),
}


@dataclass(frozen=True, slots=True)
class FormError:
    """`field` is the form's field, or None when it is about the whole form; `text` is in the visitor's language.

    `others` are further errors of the same form.
    """

    field: str | None
    text: str
    others: tuple[FormError, ...] = ()

    @property
    def every(self) -> tuple[FormError, ...]:
        return (FormError(self.field, self.text), *self.others)

    def of(self, *fields: str) -> str | None:
        """The error of the first of these fields that has one."""
        return next((error.text for error in self.every if error.field in fields), None)


def form_error(visit: Visit, refusal: Refusal, **renamed: str) -> FormError:
    """What a form shows about a refusal; `renamed` maps a rule's field to the form's."""
    refusals = refusal.refusals if isinstance(refusal, ManyRefused) else (refusal,)
    found: dict[tuple[str | None, str], None] = {}
    for one in refusals:
        field = one.field
        if field is not None:
            field = renamed.get(field.replace(".", "_"), field)
        found[field, words_of(visit, one)] = None
    first, *others = [FormError(field, words) for field, words in found]
    return FormError(first.field, first.text, tuple(others))


def words_of(visit: Visit, refusal: Refusal) -> str:
    if isinstance(refusal, FieldRefusal):
        return refusal.words(visit.language)
    return visit.language.say(WORDS.get(refusal.code, refusal.detail))


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
    if isinstance(error, TooMany | Unavailable):
        headers["Retry-After"] = str(error.retry_after_s)
    response = _page(visit, error.status, None if error.status == 404 else words_of(visit, error))
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
        return await _on_bug(request, error)
    log.warning("books_behind" if is_behind(error) else "database_down", error=type(error).__name__)
    response = _page(_nobody(request), 503)
    response.headers["Retry-After"] = str(RETRY_AFTER_BEHIND_S if is_behind(error) else RETRY_AFTER_OUTAGE_S)
    return response


async def _on_bug(request: Request, error: Exception) -> Response:
    log.error("unexpected", error=type(error).__name__, exc_info=error)
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
    return visit.page("error.html", status, title=visit.language.say(title), detail=text)
