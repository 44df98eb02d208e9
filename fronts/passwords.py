"""Signing up and new passwords, by links that are mailed."""

from __future__ import annotations

from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import Conflict, Forbidden, TooMany
from edge.addresses import one_caller
from edge.passwords import check_password
from fronts.services import Services
from store.password_links import login_of_link, use_link
from store.password_requests import ask_to_sign_up
from store.platform_settings import platform_settings
from store.rate_limits import count

# Within a quarter of an hour. Each may send a mail to somebody who did not ask for it.
ASKED_FROM_ADDRESS: Final = 30
ASKED_FOR_MAILBOX: Final = 5


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


def bad_link() -> Conflict:
    return Conflict("bad_link", "This link is invalid or has expired. Ask for another one.", "token")
