"""Signing up and new passwords: a mail with a link, the same answer for whoever is known and for everybody else."""

from __future__ import annotations

from typing import Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, Query
from starlette.responses import Response

from domain.errors import Malformed, Refusal
from fronts.passwords import bad_link, choose_password, count_asking, put_sign_up
from pages.errors import form_error
from pages.forms import email_of, line_of, read_all
from pages.visit import LOGIN_COOKIE, AnyVisit
from store.email_changes import follow_link
from store.password_requests import ask_for_reset
from store.platform_settings import platform_settings

router = APIRouter()

LOGIN_S: Final = 600  # to log in with the new password
MAX_NAME: Final = 200
Token = Annotated[str, Query(max_length=200)]


@router.get("/sign-up")
async def sign_up_page(visit: AnyVisit) -> Response:
    async with visit.transaction() as session:
        is_open = (await platform_settings(session)).sign_up_marketplace_id is not None
    return visit.page("passwords/sign_up.html", is_open=is_open)


@router.post("/sign-up")
async def sign_up(visit: AnyVisit) -> Response:
    fields = await visit.form("name", "email")
    try:
        read = read_all(name=lambda: line_of(fields, "name", MAX_NAME), email=lambda: email_of(fields, "email"))
        name, email = read["name"], read["email"]
        await count_asking(visit.services, visit.address, email)
        async with visit.transaction() as session:
            await put_sign_up(session, name=name, email=email, language=visit.language.code)
    except Refusal as refusal:
        error = form_error(visit, refusal)
        return visit.page("passwords/sign_up.html", refusal.status, is_open=True, fields=fields, error=error)
    return visit.to("/password/asked")


@router.get("/password")
async def password_page(visit: AnyVisit, token: Token = "") -> Response:
    """Asks for a link; with the token of one it asks for the new password."""
    return visit.page("passwords/choose.html" if token else "passwords/ask.html", token=token)


@router.get("/email")
async def email_page(visit: AnyVisit, token: Token = "") -> Response:
    """Where links of a changed address lead: nothing is done until the button is pressed."""
    return visit.page("passwords/email.html", token=token, email=None)


@router.post("/email")
async def settle_email(visit: AnyVisit) -> Response:
    """Confirms the new address or keeps the old one, whichever the link is for."""
    fields = await visit.form("token")
    async with visit.transaction() as session:
        email = await follow_link(session, visit.services.settings.pepper_bytes, fields["token"])
    if email is None:
        error = form_error(visit, bad_link())
        return visit.page("passwords/email.html", 409, token=fields["token"], email=None, error=error)
    return visit.page("passwords/email.html", token="", email=email)


@router.get("/password/asked")
async def asked(visit: AnyVisit) -> Response:
    return visit.page("passwords/asked.html")


@router.post("/password/asked")
async def ask(visit: AnyVisit) -> Response:
    fields = await visit.form("email")
    try:
        email = email_of(fields, "email")
        await count_asking(visit.services, visit.address, email)
        async with visit.transaction() as session:
            await ask_for_reset(session, email, visit.language.code)
    except Refusal as refusal:
        error = form_error(visit, refusal)
        return visit.page("passwords/ask.html", refusal.status, token="", fields=fields, error=error)
    return visit.to("/password/asked")


@router.post("/password")
async def set_password(visit: AnyVisit) -> Response:
    fields = await visit.form("token", "password", "again")
    try:
        if fields["password"] != fields["again"]:
            raise Malformed("passwords_differ", "The two passwords are not the same.", "again")
        login = await choose_password(visit.services, fields["token"], fields["password"])
    except Refusal as refusal:
        error = form_error(visit, refusal)
        return visit.page("passwords/choose.html", refusal.status, token=fields["token"], error=error)
    response = visit.to("/log-in?done=password")
    visit.set_cookie(response, LOGIN_COOKIE, quote(login, safe="@"), LOGIN_S)
    visit.remember_device(response, login)  # who reads his mails is no stranger
    return response
