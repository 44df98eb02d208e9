"""Changes of a user's e-mail address: asked for, then settled by a link that is mailed to the new and the old one."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from market.passwords import bad_link, count_mailbox
from store import email_changes
from store.users import User


async def ask(session: AsyncSession, user: User, email: str, pepper: bytes) -> None:
    """Has a locked user's address changed once it is confirmed. Raises `TooMany` too_many_tries."""
    if email not in (user.email, user.wanted_email):
        await count_mailbox(session, pepper, email)
    await email_changes.want_email(session, user, email)


async def settle(session: AsyncSession, token: str, pepper: bytes) -> str:
    """Confirms the new address or keeps the old one, whichever the link is for; returns the address in force.

    Sessions and tokens end when it is another one. Raises `Conflict` bad_link.
    """
    email = await email_changes.follow_link(session, pepper, token)
    if email is None:
        raise bad_link()
    return email
