"""Sessions of people who logged in with a browser. They are rows and not in the cookie, so they can be ended."""

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
from store.people.logins import Person, person_of
from store.people.users import User

SESSION: Final = timedelta(hours=12)  # a working day; then the person logs in again


class Session(Base):
    __tablename__ = "sessions"

    id: Mapped[Id]
    login_id: Mapped[UUID] = mapped_column(ForeignKey("logins.id"), index=True)
    digest: Mapped[bytes] = mapped_column(unique=True)
    """Keyed hash of the token in the cookie."""
    created_at: Mapped[Created]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


async def begin_session(session: AsyncSession, pepper: bytes, login_id: UUID) -> str:
    """Begins a session of a login whose password was verified; returns its token, 256 random bits in base64url."""
    token = secrets.token_urlsafe(32)
    session.add(
        Session(login_id=login_id, digest=session_digest(token, pepper), expires_at=func.clock_timestamp() + SESSION)
    )
    await session.flush()
    return token


async def find_session(session: AsyncSession, pepper: bytes, token: str) -> Person | None:
    """Whose session it is; None when unknown, expired by the database's clock, ended, or its login is disabled."""
    login_id = await session.scalar(
        select(Session.login_id).where(
            Session.digest == session_digest(token, pepper),
            Session.ended_at.is_(None),
            Session.expires_at > func.clock_timestamp(),
        )
    )
    return None if login_id is None else await person_of(session, login_id)


async def speak(session: AsyncSession, pepper: bytes, token: str, language: str) -> None:
    """From now on the client of a session gets mails in the language that they chose on our pages."""
    person = await find_session(session, pepper, token)
    if person is not None and person.user_id is not None:
        changed = update(User).where(User.id == person.user_id, User.language != language)
        await session.execute(changed.values(language=language))


async def end_session(session: AsyncSession, pepper: bytes, token: str) -> None:
    """Ends a session at once; an ended or unknown one stays so."""
    ended = update(Session).where(Session.digest == session_digest(token, pepper), Session.ended_at.is_(None))
    await session.execute(ended.values(ended_at=func.clock_timestamp()))


async def end_sessions(session: AsyncSession, login_id: UUID) -> None:
    """Ends all sessions of a login at once."""
    ended = update(Session).where(Session.login_id == login_id, Session.ended_at.is_(None))
    await session.execute(ended.values(ended_at=func.clock_timestamp()))


def session_digest(token: str, pepper: bytes) -> bytes:
    """HMAC-SHA256 of a token, 32 bytes."""
    return hmac.new(pepper, b"session\0" + token.encode(errors="replace"), hashlib.sha256).digest()
