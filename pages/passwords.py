"""Sign-up and new passwords: a mail with a link, the same answer for known and unknown addresses."""

from __future__ import annotations

from typing import Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from domain.errors import Malformed, Refusal
from edge.database import Database
from edge.wire import Email, Line
from fronts.cookies import address_of, remember_device
from market import email_changes, passwords
from pages.forms import Form
from pages.visit import LOGIN_COOKIE, AnyVisit, Visit
from store.operations.platform_settings import platform_settings

router = APIRouter()

LOGIN_S: Final = 600  # to log in with the new password
MAX_NAME: Final = 200
Token = Annotated[str, Query(max_length=200)]


class SignUp(Form):
    name: Annotated[Line, Field(max_length=MAX_NAME)]
    email: Email


class Reset(Form):
    email: Email


@router.get("/sign-up")
async def sign_up_page(visit: AnyVisit) -> Response:
    async with visit.transaction() as session:
        is_open = (await platform_settings(session)).sign_up_marketplace_id is not None
    return visit.page("passwords/sign_up.html", is_open=is_open)


@router.post("/sign-up")
async def sign_up(visit: AnyVisit) -> Response:
    fields = await visit.form(*SignUp.names())
    try:
        typed = SignUp.read(fields)
        language = visit.language.code
        await passwords.sign_up(*_asked_from(visit), name=typed.name, email=typed.email, language=language)
    except Refusal as refusal:
        return visit.page("passwords/sign_up.html", refusal=refusal, is_open=True, fields=fields)
    return visit.to("/password/asked")


@router.get("/password")
async def password_page(visit: AnyVisit, token: Token = "") -> Response:
    """Asks for a link; with the token of a link it asks for the new password."""
    return visit.page("passwords/choose.html" if token else "passwords/ask.html", token=token)


@router.get("/email")
async def email_page(visit: AnyVisit, token: Token = "") -> Response:
    """The page behind links about a changed address: nothing is done until the button is pressed."""
    return visit.page("passwords/email.html", token=token, email=None)


@router.post("/email")
async def settle_email(visit: AnyVisit) -> Response:
    """Confirms the new address or keeps the old one, depending on the link."""
    fields = await visit.form("token")
    try:
        async with visit.transaction() as session:
            email = await email_changes.settle(session, fields["token"], visit.services.settings.pepper_bytes)
    except Refusal as refusal:
        return visit.page("passwords/email.html", refusal=refusal, token=fields["token"], email=None)
    return visit.page("passwords/email.html", token="", email=email)


@router.get("/password/asked")
async def asked(visit: AnyVisit) -> Response:
    return visit.page("passwords/asked.html")


@router.post("/password/asked")
async def ask(visit: AnyVisit) -> Response:
    fields = await visit.form(*Reset.names())
    try:
        typed = Reset.read(fields)
        await passwords.ask_for_reset(*_asked_from(visit), email=typed.email, language=visit.language.code)
    except Refusal as refusal:
        return visit.page("passwords/ask.html", refusal=refusal, token="", fields=fields)
    return visit.to("/password/asked")


@router.post("/password")
async def set_password(visit: AnyVisit) -> Response:
    fields = await visit.form("token", "password", "again")
    try:
        if fields["password"] != fields["again"]:
            raise Malformed("passwords_differ", "The two passwords are not the same.", "again")
        services = visit.services
        database, pepper = services.database, services.settings.pepper_bytes
        chosen = fields["token"], fields["password"]
        login = await passwords.choose_password(database, services.passwords, pepper, *chosen)
    except Refusal as refusal:
        return visit.page("passwords/choose.html", refusal=refusal, token=fields["token"])
    response = visit.to("/log-in?done=password")
    visit.set_cookie(response, LOGIN_COOKIE, quote(login, safe="@"), LOGIN_S)
    remember_device(visit.request, response, services, login)  # who reads the owner's mails is no stranger
    return response


def _asked_from(visit: Visit) -> tuple[Database, bytes, str]:
    return visit.services.database, visit.services.settings.pepper_bytes, address_of(visit.request)
