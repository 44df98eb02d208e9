"""Links with which a password is set: mailed, valid once and for a short time. Also how a login begins and ends."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import ForeignKey, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from store.base import Base, Created, Id
from store.people.grants import end_grants
from store.people.logins import Login, lock_login
from store.people.sessions import end_sessions

RESET: Final = timedelta(hours=1)
INVITATION: Final = timedelta(days=3)  # a first password is not urgent


class PasswordLink(Base):
    __tablename__ = "password_links"

    id: Mapped[Id]
    login_id: Mapped[UUID] = mapped_column(ForeignKey("logins.id"), index=True)
    digest: Mapped[bytes] = mapped_column(unique=True)
    created_at: Mapped[Created]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


async def make_link(session: AsyncSession, pepper: bytes, login_id: UUID, lasts: timedelta) -> tuple[UUID, str]:
    """A link's id and its token, 256 random bits in base64url; earlier links stay valid until one is used."""
    token = secrets.token_urlsafe(32)
    link = PasswordLink(login_id=login_id, digest=link_digest(token, pepper), expires_at=func.clock_timestamp() + lasts)
    session.add(link)
    await session.flush()
    return link.id, token


async def login_of_link(session: AsyncSession, pepper: bytes, token: str) -> Login | None:
    """The live login whose password the token may set now; None for every other token."""
    query = (
        select(Login)
        .join(PasswordLink, PasswordLink.login_id == Login.id)
        .where(
            PasswordLink.digest == link_digest(token, pepper),
            PasswordLink.used_at.is_(None),
            PasswordLink.expires_at > func.clock_timestamp(),
            Login.disabled_at.is_(None),
        )
    )
    return await session.scalar(query)


async def use_link(session: AsyncSession, pepper: bytes, token: str, password: str) -> bool:
    """Sets the password, a hash, with a link; False when the link is used, expired or unknown. See `set_password`."""
    login = await login_of_link(session, pepper, token)
    if login is None:
        return False
    await lock_login(session, login.id)
    if await login_of_link(session, pepper, token) is None:  # another request was faster
        return False
    await set_password(session, login.id, password)
    return True


async def set_password(session: AsyncSession, login_id: UUID, password: str) -> None:
    """Sets a password, a hash. Everything opened with the old one ends, links included."""
    login = await lock_login(session, login_id)
    login.password = password
    login.password_set_at = func.clock_timestamp()
    await session.flush()
    await close_everything(session, login_id)


async def disable(session: AsyncSession, login_id: UUID) -> Login:
    """Ends a login and everything that it has open, at once. Idempotent."""
    login = await lock_login(session, login_id)
    if login.disabled_at is None:
        login.disabled_at = func.clock_timestamp()
        await session.flush()
        await session.refresh(login)
    await close_everything(session, login_id)
    return login


async def enable(session: AsyncSession, login_id: UUID) -> Login:
    """Enables a disabled login again, with its former password."""
    login = await lock_login(session, login_id)
    login.disabled_at = None
    await session.flush()
    return login


async def close_everything(session: AsyncSession, login_id: UUID) -> None:
    """Ends sessions, tokens and links of a login that is locked."""
    await end_sessions(session, login_id)
    await end_grants(session, login_id)
    await end_links(session, login_id)


async def end_links(session: AsyncSession, login_id: UUID) -> None:
    """Invalidates every unused link of a login."""
    unused = update(PasswordLink).where(PasswordLink.login_id == login_id, PasswordLink.used_at.is_(None))
    await session.execute(unused.values(used_at=func.clock_timestamp()))


def link_digest(token: str, pepper: bytes) -> bytes:
    """HMAC-SHA256 of a token, 32 bytes."""
    return hmac.new(pepper, b"password-link\0" + token.encode(errors="replace"), hashlib.sha256).digest()
