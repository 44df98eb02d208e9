"""Log-in, log-out, and the choice of a language."""

from __future__ import annotations

from typing import Annotated, Final
from urllib.parse import quote, unquote

from fastapi import APIRouter, Query
from starlette.responses import Response

from domain.errors import Refusal
from domain.roles import Role
from edge.links import local
from fronts.cookies import address_of, device_of, remember_device
from pages.visit import CHECKOUT_COOKIE, LANGUAGE_COOKIE, LOGIN_COOKIE, SESSION_COOKIE, YEAR_S, AnyVisit
from texts.languages import LANGUAGES

router = APIRouter()

_LONGEST_PAGE: Final = 2000
MAX_LOGIN: Final = 254
Next = Annotated[str, Query(alias="next", max_length=_LONGEST_PAGE)]
Done = Annotated[str, Query(max_length=10)]
Back = Annotated[str, Query(max_length=_LONGEST_PAGE)]


@router.get("/log-in")
async def log_in_page(visit: AnyVisit, next_: Next = "/", done: Done = "") -> Response:
    if visit.visitor is not None and visit.visitor.deal_id is None:
        return visit.to(local(next_))
    fields = {"login": unquote(visit.request.cookies.get(LOGIN_COOKIE, ""))[:MAX_LOGIN]}
    return visit.page(
        "logins/log_in.html", next=local(next_), fields=fields, password_set=done == "password", staff=False
    )


@router.post("/log-in")
async def log_in(visit: AnyVisit) -> Response:
    fields = await visit.form("login", "password", "next")
    try:
        address, device = address_of(visit.request), device_of(visit.request)
        token = await visit.services.log_in.session(
            fields["login"], fields["password"], address, device, role=Role.CLIENT
        )
    except Refusal as refusal:
        fields.pop("password")
        return visit.page(
            "logins/log_in.html",
            next=local(fields["next"]),
            password_set=False,
            fields=fields,
            refusal=refusal,
            staff=refusal.code == "staff_login",
        )
    await visit.services.log_in.speak(token, visit.language.code)
    response = visit.to(local(fields["next"]))
    visit.set_cookie(response, SESSION_COOKIE, token)
    visit.drop_cookie(response, CHECKOUT_COOKIE)
    visit.drop_cookie(response, LOGIN_COOKIE)
    remember_device(visit.request, response, visit.services, fields["login"])
    return response


@router.post("/log-out")
async def log_out(visit: AnyVisit) -> Response:
    await visit.form()
    await visit.services.log_in.log_out(visit.token)
    response = visit.to("/log-in")
    visit.drop_cookie(response, SESSION_COOKIE)
    return response


@router.get("/language/{code}")
async def choose_language(visit: AnyVisit, code: str, back: Back = "/") -> Response:
    """A link rather than a form: it changes the language of pages, and of mails to a logged-in client."""
    response = visit.to(quote(local(back), safe="/?=&%"))
    if code in LANGUAGES:
        if visit.visitor is not None and visit.visitor.deal_id is None:
            await visit.services.log_in.speak(visit.token, code)
        visit.set_cookie(response, LANGUAGE_COOKIE, code, YEAR_S)
    return response
