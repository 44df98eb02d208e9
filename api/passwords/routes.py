"""Signing up and new passwords, by links that are mailed. Nobody is known here yet, so nothing is told to anybody."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request
from sqlalchemy.ext.asyncio import AsyncSession

from api.dependencies import Services, ServicesOfApp
from api.passwords.schemas import AskedOut, PasswordIn, PasswordOut, ResetIn, SignUpIn
from domain.errors import Conflict, Forbidden, TooMany
from edge.addresses import one_caller
from edge.passwords import check_password
from edge.problem import problems
from store.password_links import login_of_link, use_link
from store.password_requests import ask_for_reset, ask_to_sign_up
from store.platform_settings import platform_settings
from store.rate_limits import count

router = APIRouter(tags=["log-in"])

# Within a quarter of an hour. Each may send a mail to somebody who did not ask for it.
ASKED_FROM_ADDRESS: Final = 30
ASKED_FOR_MAILBOX: Final = 5


@router.post("/sign-ups", status_code=202, responses=problems(403, 413, 422, 429, 503))
async def sign_up(request: Request, body: SignUpIn, services: ServicesOfApp) -> AskedOut:
    """Has a link mailed with which the first password is set. Who has an account gets one for a new password."""
    await _counted(request, services, body.email)
    async with services.database.transaction() as session:
        await put_sign_up(session, name=body.name, email=body.email, language=body.language)
    return AskedOut()


@router.post("/password-resets", status_code=202, responses=problems(413, 422, 429, 503))
async def ask_for_password(request: Request, body: ResetIn, services: ServicesOfApp) -> AskedOut:
    """Has a link mailed with which a new password is set, to whoever has this address."""
    await _counted(request, services, body.email)
    async with services.database.transaction() as session:
        await ask_for_reset(session, body.email, body.language)
    return AskedOut()


@router.post("/passwords", responses=problems(409, 413, 422, 503))
async def set_password(body: PasswordIn, services: ServicesOfApp) -> PasswordOut:
    """Sets a password with a link, once. Whatever the login had open ends: sessions, tokens, other links."""
    login = await choose_password(services, body.token, body.password)
    return PasswordOut(device_token=services.log_in.device(login, ""))


async def put_sign_up(session: AsyncSession, *, name: str, email: str, language: str) -> None:
    """Raises `Forbidden` sign_up_closed where nobody signs up."""
    marketplace_id = (await platform_settings(session)).sign_up_marketplace_id
    if marketplace_id is None:
        raise Forbidden("sign_up_closed", "Accounts are made by an administrator here.")
    await ask_to_sign_up(session, marketplace_id, name=name, email=email, language=language)


async def choose_password(services: Services, token: str, password: str) -> str:
    """Sets the password of the link's login, and returns that.

    Raises `Conflict` bad_link, `Malformed` weak_password; the link stays usable after a weak one.
    """
    pepper = services.settings.pepper_bytes
    async with services.database.transaction() as session:
        login = await login_of_link(session, pepper, token)
    if login is None:
        raise bad_link()
    hashed = await services.passwords.hash(check_password(password, login.name))
    async with services.database.transaction() as session:
        if not await use_link(session, pepper, token, hashed):
            raise bad_link()
    return login.name


async def count_asking(services: Services, address: str, email: str) -> None:
    """Counts one request for a mail; raises `TooMany` too_many_tries, for known and unknown mailboxes alike."""
    limits = {f"asks/{one_caller(address)}": ASKED_FROM_ADDRESS, f"mailbox/{email.lower()}": ASKED_FOR_MAILBOX}
    async with services.database.transaction() as session:
        asked = await count(session, services.settings.pepper_bytes, limits)
    if asked.exceeded:
        raise TooMany("too_many_tries", "Too many mails were asked for: come back later.", asked.retry_after_s)


async def count_mailbox(session: AsyncSession, services: Services, email: str) -> None:
    """Counts one mail that somebody at this address may not have asked for; raises `TooMany` too_many_tries."""
    asked = await count(session, services.settings.pepper_bytes, {f"mailbox/{email.lower()}": ASKED_FOR_MAILBOX})
    if asked.exceeded:
        raise TooMany("too_many_tries", "Too many mails were asked for: come back later.", asked.retry_after_s)


async def _counted(request: Request, services: Services, email: str) -> None:
    await count_asking(services, request.client.host if request.client else "", email)


def bad_link() -> Conflict:
    return Conflict("bad_link", "The link was used, is over, or never was one: ask for another.", "token")
