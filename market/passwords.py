"""Sign-up and new passwords, by mailed links. The answers do not reveal who has an account."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import Conflict, Forbidden, TooMany
from domain.rate_limits import MAILS_FROM_ADDRESS, MAILS_TO_MAILBOX
from edge.addresses import one_caller
from edge.database import Database
from edge.passwords import Passwords, check_password
from store.operations.platform_settings import platform_settings
from store.operations.rate_limits import Try, count
from store.people import password_requests
from store.people.password_links import login_of_link, use_link


async def sign_up(database: Database, pepper: bytes, address: str, *, name: str, email: str, language: str) -> None:
    """Has a link mailed with which the first password is set; `address` is that of the request.

    Raises `TooMany` too_many_tries, `Forbidden` sign_up_closed where sign-up is closed.
    """
    await _count_request(database, pepper, address, email)
    async with database.transaction() as session:
        marketplace_id = (await platform_settings(session)).sign_up_marketplace_id
        if marketplace_id is None:
            raise Forbidden("sign_up_closed", "Accounts are made by an administrator here.")
        await password_requests.ask_to_sign_up(session, marketplace_id, name=name, email=email, language=language)


async def ask_for_reset(database: Database, pepper: bytes, address: str, *, email: str, language: str) -> None:
    """Has a link for a new password mailed to the owner of `email`, if any. Raises `TooMany` too_many_tries."""
    await _count_request(database, pepper, address, email)
    async with database.transaction() as session:
        await password_requests.ask_for_reset(session, email, language)


async def choose_password(database: Database, passwords: Passwords, pepper: bytes, token: str, password: str) -> str:
    """Sets the password of the link's login, and returns that login. Its sessions, tokens and links end.

    Raises `Conflict` bad_link, `Malformed` weak_password; the link stays usable after a weak one.
    """
    async with database.transaction() as session:
        login = await login_of_link(session, pepper, token)
    if login is None:
        raise bad_link()
    hashed = await passwords.hash(check_password(password, login.name))
    async with database.transaction() as session:
        if not await use_link(session, pepper, token, hashed):
            raise bad_link()
    return login.name


async def count_mailbox(session: AsyncSession, pepper: bytes, email: str) -> None:
    """Counts one mail that its reader may not have asked for; raises `TooMany` too_many_tries."""
    refused = await _exceeded(session, pepper, [Try(MAILS_TO_MAILBOX, email.lower())])
    if refused is not None:
        raise refused


async def _count_request(database: Database, pepper: bytes, address: str, email: str) -> None:
    """Counts one request for a mail, for known and unknown mailboxes alike; committed in any case."""
    tries = [Try(MAILS_FROM_ADDRESS, one_caller(address)), Try(MAILS_TO_MAILBOX, email.lower())]
    async with database.transaction() as session:
        refused = await _exceeded(session, pepper, tries)
    if refused is not None:
        raise refused


async def _exceeded(session: AsyncSession, pepper: bytes, tries: list[Try]) -> TooMany | None:
    asked = await count(session, pepper, tries)
    if not asked.exceeded:
        return None
    return TooMany("too_many_tries", "Too many mails were requested: try again later.", asked.retry_after_s)


def bad_link() -> Conflict:
    return Conflict("bad_link", "This link is invalid or has expired. Ask for another one.", "token")
