"""Grants: one log-in of a program each, a family of refresh tokens. Each is used once; an old one ends the family."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import ForeignKey, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from store.base import Base, Created, Id
from store.people.logins import Person, person_of

GRANT: Final = timedelta(days=30)  # then the password is required again, however often a token was refreshed
ACCESS: Final = timedelta(minutes=15)  # life of an access token; it ends earlier together with its grant


class Grant(Base):
    __tablename__ = "grants"

    id: Mapped[Id]
    login_id: Mapped[UUID] = mapped_column(ForeignKey("logins.id"), index=True)
    created_at: Mapped[Created]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class RefreshToken(Base):
    __tablename__ = "refresh_tokens"

    id: Mapped[Id]
    grant_id: Mapped[UUID] = mapped_column(ForeignKey("grants.id"))
    digest: Mapped[bytes] = mapped_column(unique=True)
    used_at: Mapped[datetime | None]
    created_at: Mapped[Created]


@dataclass(frozen=True, slots=True)
class Granted:
    """What a program gets: the refresh token in plain text, this once, and the content of its access token."""

    grant_id: UUID
    person: Person
    refresh_token: str
    issued_at: datetime
    expires_at: datetime
    """Of the access token: `ACCESS` from now, but not after the end of the grant."""

    def __repr__(self) -> str:
        return f"Granted(grant_id={self.grant_id})"


async def begin_grant(session: AsyncSession, pepper: bytes, login_id: UUID) -> Granted | None:
    """Begins a family for a login whose password was verified; None when it was disabled meanwhile."""
    grant = Grant(login_id=login_id, expires_at=func.clock_timestamp() + GRANT)
    session.add(grant)
    await session.flush()
    return await _next(session, pepper, grant.id)


async def refresh_grant(session: AsyncSession, pepper: bytes, token: str) -> Granted | None:
    """The next token of the family in exchange for the newest one; None for everything else.

    A token that was used before has two owners, and one of them is a thief: its whole family ends.
    """
    digest = refresh_digest(token, pepper)
    grant_id = await session.scalar(select(RefreshToken.grant_id).where(RefreshToken.digest == digest))
    if grant_id is None:
        return None
    # The family first: of two that send the same token at once, one sees it used.
    await session.execute(select(Grant.id).where(Grant.id == grant_id).with_for_update(key_share=True))
    used = update(RefreshToken).where(RefreshToken.digest == digest, RefreshToken.used_at.is_(None))
    first = await session.scalar(used.values(used_at=func.clock_timestamp()).returning(RefreshToken.id))
    if first is None:
        await end_grant(session, grant_id)
        return None
    return await _next(session, pepper, grant_id)


async def person_granted(session: AsyncSession, grant_id: UUID, expires_at: datetime) -> Person | None:
    """Whose access token it is, of a grant and until a time; None when either has expired or its login is disabled."""
    login_id = await session.scalar(
        select(Grant.login_id).where(
            Grant.id == grant_id,
            Grant.ended_at.is_(None),
            Grant.expires_at > func.clock_timestamp(),
            func.clock_timestamp() < expires_at,
        )
    )
    return None if login_id is None else await person_of(session, login_id)


async def end_grant(session: AsyncSession, grant_id: UUID) -> None:
    """Ends a family at once, its access tokens included."""
    ended = update(Grant).where(Grant.id == grant_id, Grant.ended_at.is_(None))
    await session.execute(ended.values(ended_at=func.clock_timestamp()))


async def end_grant_of(session: AsyncSession, pepper: bytes, token: str) -> None:
    """Ends the family of a refresh token, used or not; nothing for an unknown one (RFC 7009, 2.2)."""
    digest = refresh_digest(token, pepper)
    grant_id = await session.scalar(select(RefreshToken.grant_id).where(RefreshToken.digest == digest))
    if grant_id is not None:
        await end_grant(session, grant_id)


async def end_grants(session: AsyncSession, login_id: UUID) -> None:
    """Ends all families of a login at once."""
    ended = update(Grant).where(Grant.login_id == login_id, Grant.ended_at.is_(None))
    await session.execute(ended.values(ended_at=func.clock_timestamp()))


def refresh_digest(token: str, pepper: bytes) -> bytes:
    """HMAC-SHA256 of a token, 32 bytes."""
    return hmac.new(pepper, b"refresh\0" + token.encode(errors="replace"), hashlib.sha256).digest()


async def _next(session: AsyncSession, pepper: bytes, grant_id: UUID) -> Granted | None:
    now = func.clock_timestamp().label("now")
    live = select(Grant.login_id, Grant.expires_at, now).where(
        Grant.id == grant_id, Grant.ended_at.is_(None), Grant.expires_at > func.clock_timestamp()
    )
    row = (await session.execute(live)).one_or_none()
    person = None if row is None else await person_of(session, row.login_id)
    if row is None or person is None:
        return None
    token = secrets.token_urlsafe(32)
    session.add(RefreshToken(grant_id=grant_id, digest=refresh_digest(token, pepper)))
    await session.flush()
    return Granted(grant_id, person, token, row.now, min(row.now + ACCESS, row.expires_at))
