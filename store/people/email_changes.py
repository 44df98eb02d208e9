"""Changes of an e-mail address: requested, confirmed at the new address, and revocable from the old one for a while.

Codes and password links go to a person's mailbox, so its reader can take the person's money. A new address is therefore
first confirmed by a link mailed there; and until `COOLING` has passed, codes and links still go to the old one. The old
address gets a mail at once, with a link to keep it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, func, or_, select, text, union_all, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.cooling import CONFIRM_WITHIN, COOLING
from store.base import Base, Created, Id
from store.people.logins import login_of
from store.people.password_links import close_everything
from store.people.users import User, lock_person


class EmailChange(Base):
    __tablename__ = "email_changes"
    __table_args__ = (
        CheckConstraint("(mailed_at IS NULL) = (confirm_digest IS NULL)", "links_are_mailed"),
        CheckConstraint("(mailed_at IS NULL) = (keep_digest IS NULL)", "both_are_mailed"),
        Index("ix_email_changes_waiting", "id", postgresql_where=text("mailed_at IS NULL AND ended_at IS NULL")),
        Index(
            "ix_email_changes_before", text("lower(email_before)"), postgresql_where=text("confirmed_at IS NOT NULL")
        ),
    )

    id: Mapped[Id]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    email_before: Mapped[str]
    email_after: Mapped[str]
    confirm_digest: Mapped[bytes | None] = mapped_column(unique=True)
    keep_digest: Mapped[bytes | None] = mapped_column(unique=True)
    """Keyed hashes of the tokens in the links to the new and to the old address."""
    created_at: Mapped[Created]
    mailed_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    """Another change came instead, or the old address was kept."""


async def want_email(session: AsyncSession, user: User, email: str) -> None:
    """Requests another address for a locked user, subject to confirmation; replaces an earlier request."""
    if email == user.wanted_email or (email == user.email and user.wanted_email is None):
        return
    open_ones = update(EmailChange).where(EmailChange.user_id == user.id, EmailChange.ended_at.is_(None))
    await session.execute(
        open_ones.where(EmailChange.confirmed_at.is_(None)).values(ended_at=func.clock_timestamp()),
        execution_options={"synchronize_session": False},
    )
    user.wanted_email = None if email == user.email else email
    if user.wanted_email is not None:
        session.add(EmailChange(user_id=user.id, email_before=user.email, email_after=email))
    await session.flush()


def secret_email() -> ColumnElement[str]:
    """SQL: the address for codes and links of the query's `User`."""
    before = select(EmailChange.email_before).where(EmailChange.user_id == User.id, *_cooling())
    before = before.order_by(EmailChange.confirmed_at).limit(1).correlate(User)
    return func.coalesce(before.scalar_subquery(), User.email)


def reads_secrets_at(email: str) -> ColumnElement[bool]:
    """SQL: whether codes and links for the `User` of the query go to `email`, in lower case."""
    left = select(EmailChange.user_id).where(func.lower(EmailChange.email_before) == email, *_cooling())
    now = select(User.id).where(func.lower(User.email) == email)  # a union of two indexes; `OR` would read all users
    return User.id.in_(union_all(now, left)) & (func.lower(secret_email()) == email)


async def secret_address(session: AsyncSession, user: User) -> str:
    """The address for this user's codes and links."""
    return await session.scalar(select(secret_email()).where(User.id == user.id)) or user.email


async def next_change(session: AsyncSession, after: UUID | None) -> EmailChange | None:
    """The oldest change behind `after` that has not been mailed yet, locked; None for none."""
    waiting = select(EmailChange).where(EmailChange.mailed_at.is_(None), EmailChange.ended_at.is_(None))
    waiting = waiting.order_by(EmailChange.id).limit(1)
    if after is not None:
        waiting = waiting.where(EmailChange.id > after)
    return await session.scalar(waiting.with_for_update(skip_locked=True, key_share=True))


async def make_links(session: AsyncSession, pepper: bytes, change: EmailChange) -> tuple[str, str]:
    """The tokens that confirm the new address and keep the old one, 256 random bits each in base64url."""
    confirm, keep = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    now = await session.scalar(select(func.clock_timestamp()))
    change.confirm_digest, change.keep_digest, change.mailed_at = _digest(confirm, pepper), _digest(keep, pepper), now
    await session.flush()
    return confirm, keep


async def follow_link(session: AsyncSession, pepper: bytes, token: str) -> str | None:
    """Confirms the new address or keeps the old one, depending on the link; None when it has expired or is unknown.

    Returns the user's address afterwards. If it has changed, all sessions and tokens of the login end.
    """
    digest = _digest(token, pepper)
    named = select(EmailChange).where(or_(EmailChange.confirm_digest == digest, EmailChange.keep_digest == digest))
    change = await session.scalar(named.where(EmailChange.ended_at.is_(None)))
    if change is None:
        return None
    await lock_person(session, change.user_id)
    user = await session.get_one(User, change.user_id, populate_existing=True)
    still = _confirmable() if change.confirm_digest == digest else _keepable()
    query = select(EmailChange).where(EmailChange.id == change.id, EmailChange.ended_at.is_(None), still)
    change = await session.scalar(query.execution_options(populate_existing=True))
    if change is None:  # too late, or another request was faster
        return None
    if change.confirm_digest == digest:
        change.email_before, user.email, user.wanted_email = user.email, change.email_after, None
        change.confirmed_at = await session.scalar(select(func.clock_timestamp()))
    else:
        user.email, user.wanted_email = change.email_before, None
        later = update(EmailChange).where(EmailChange.user_id == user.id, EmailChange.id >= change.id)
        await session.execute(
            later.where(EmailChange.ended_at.is_(None)).values(ended_at=func.clock_timestamp()),
            execution_options={"synchronize_session": False},
        )
    await session.flush()
    login = await login_of(session, user_id=user.id)
    if login is not None:
        await close_everything(session, login.id)
    return user.email


def _cooling() -> tuple[ColumnElement[bool], ...]:
    return EmailChange.ended_at.is_(None), EmailChange.confirmed_at > func.clock_timestamp() - COOLING


def _confirmable() -> ColumnElement[bool]:
    return EmailChange.confirmed_at.is_(None) & (EmailChange.created_at > func.clock_timestamp() - CONFIRM_WITHIN)


def _keepable() -> ColumnElement[bool]:
    return EmailChange.confirmed_at.is_(None) | (EmailChange.confirmed_at > func.clock_timestamp() - COOLING)


def _digest(token: str, pepper: bytes) -> bytes:
    return hmac.new(pepper, b"email-link\0" + token.encode(errors="replace"), hashlib.sha256).digest()
