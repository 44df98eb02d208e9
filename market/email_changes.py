"""Changes of a user's e-mail address: requested, then decided by links mailed to the new and the old one."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from market.passwords import bad_link, count_mailbox
from store.people import email_changes
from store.people.users import User


async def ask(session: AsyncSession, user: User, email: str, pepper: bytes) -> None:
    """Requests another address for a locked user, subject to confirmation. Raises `TooMany` too_many_tries."""
    if email not in (user.email, user.wanted_email):
        await count_mailbox(session, pepper, email)
    await email_changes.want_email(session, user, email)


async def settle(session: AsyncSession, token: str, pepper: bytes) -> str:
    """Confirms the new address or keeps the old one, depending on the link; returns the address in force.

    Sessions and tokens end if it changed. Raises `Conflict` bad_link.
    """
    email = await email_changes.follow_link(session, pepper, token)
    if email is None:
        raise bad_link()
    return email
