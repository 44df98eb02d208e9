"""Requests for a new password or to sign up: stored alike for all addresses, and processed after the answer.

Neither the answer nor the time that it takes reveals whether an address is known.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, select, text, union_all
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from edge.mailer import Mail
from edge.sealing import Sealer
from store.base import Base, Created, Id
from store.mail.mails import put_mail
from store.operations.platform_settings import platform_settings
from store.people.email_changes import reads_secrets_at, secret_email
from store.people.logins import MAX_LOGIN_LENGTH, Login, create_login, login_named
from store.people.operators import Operator
from store.people.password_links import INVITATION, RESET, make_link
from store.people.users import User, create_user
from store.wallets.wallets import open_wallet
from texts.mails import write

MAX_LOGINS_PER_ADDRESS: Final = 5  # for one mailbox; a person with more logins asks by login


class Kind(StrEnum):
    RESET = "reset"
    SIGN_UP = "sign_up"


class PasswordRequest(Base):
    __tablename__ = "password_requests"
    __table_args__ = (
        CheckConstraint("kind IN ('reset', 'sign_up')", "kind"),
        CheckConstraint("(kind = 'sign_up') = (marketplace_id IS NOT NULL)", "marketplace"),
        Index("ix_password_requests_waiting", "id", postgresql_where=text("done_at IS NULL")),
    )

    id: Mapped[Id]
    kind: Mapped[str]
    email: Mapped[str]
    name: Mapped[str]
    """Name of the person who signs up; empty for a reset."""
    language: Mapped[str]
    """Of the mail: `en` or `ru`."""
    marketplace_id: Mapped[UUID | None] = mapped_column(ForeignKey("marketplaces.id"))
    done_at: Mapped[datetime | None]
    created_at: Mapped[Created]


async def ask_for_reset(session: AsyncSession, email: str, language: str) -> None:
    """Requests a link for the owner of this address, if there is one."""
    session.add(PasswordRequest(kind=Kind.RESET, email=email, name="", language=language))
    await session.flush()


async def ask_to_sign_up(session: AsyncSession, marketplace_id: UUID, *, name: str, email: str, language: str) -> None:
    """Requests a link with which a first password is set; a person with a login gets one for a new password."""
    request = PasswordRequest(
        kind=Kind.SIGN_UP, email=email, name=name, language=language, marketplace_id=marketplace_id
    )
    session.add(request)
    await session.flush()


async def next_request(session: AsyncSession, after: UUID | None) -> PasswordRequest | None:
    """The oldest waiting request behind `after` that no other worker has locked, locked; None for none."""
    waiting = select(PasswordRequest).where(PasswordRequest.done_at.is_(None)).order_by(PasswordRequest.id).limit(1)
    if after is not None:
        waiting = waiting.where(PasswordRequest.id > after)
    return await session.scalar(waiting.with_for_update(skip_locked=True, key_share=True))


async def answer(
    session: AsyncSession, request: PasswordRequest, sealer: Sealer, pepper: bytes, public_url: str
) -> None:
    """Answers a locked request with the mails that it calls for."""
    if request.kind == Kind.SIGN_UP:
        await _sign_up(session, request)
    else:
        await _invite(session, request.email)
    for login, email in await _logins_at(session, request.email):
        lasts = INVITATION if login.password is None else RESET
        link_id, token = await make_link(session, pepper, login.id, lasts)
        kind = Kind.SIGN_UP if login.password is None else Kind.RESET
        facts = {"login": login.name, "token": token}
        words = write(f"password.{kind}", request.language, public_url, facts)
        mail = Mail(email, *words, f"password-link/{link_id}", request.language)
        await put_mail(session, sealer, mail, urgent=True)
    request.done_at = await session.scalar(select(func.clock_timestamp()))
    await session.flush()


async def _sign_up(session: AsyncSession, request: PasswordRequest) -> None:
    assert request.marketplace_id is not None
    await _invite(session, request.email, request.marketplace_id)
    if await login_named(session, request.email) is not None or await _logins_at(session, request.email):
        return
    user = await create_user(
        session,
        request.marketplace_id,
        name=request.name,
        email=request.email,
        reference=None,
        language=request.language,
    )
    await open_wallet(session, user, (await platform_settings(session)).sign_up_currency)
    await create_login(session, name=request.email, password=None, user_id=user.id)


async def _invite(session: AsyncSession, email: str, marketplace_id: UUID | None = None) -> None:
    """Gives logins to users at this address created by a marketplace's back end, so that they get a link."""
    query = select(User).outerjoin(Login, Login.user_id == User.id).where(Login.id.is_(None))
    query = query.where(reads_secrets_at(email.lower())).order_by(User.id).limit(MAX_LOGINS_PER_ADDRESS)
    if marketplace_id is not None:
        query = query.where(User.marketplace_id == marketplace_id)
    for user in list(await session.scalars(query)):
        name = await _free_name(session, email.lower())
        if name is not None:
            await create_login(session, name=name, password=None, user_id=user.id)


async def _free_name(session: AsyncSession, email: str) -> str | None:
    """The address, or the address with a number if it is taken as a login; None when there are too many."""
    for number in range(1, 2 * MAX_LOGINS_PER_ADDRESS):
        name = email if number == 1 else f"{email}/{number}"
        if len(name) <= MAX_LOGIN_LENGTH and await login_named(session, name) is None:
            return name
    return None


async def _logins_at(session: AsyncSession, email: str) -> list[tuple[Login, str]]:
    """The live logins whose owner reads codes and links at this address, each with the login as stored."""
    wanted = email.lower()
    users = select(Login.id).join(User, User.id == Login.user_id).where(reads_secrets_at(wanted))
    operators = select(Login.id).join(Operator, Operator.id == Login.operator_id)
    operators = operators.where(Login.operator_id.is_not(None), func.lower(Operator.email) == wanted)
    query = (
        select(Login, func.coalesce(secret_email(), Operator.email))
        .outerjoin(User, User.id == Login.user_id)
        .outerjoin(Operator, Operator.id == Login.operator_id)
        .where(Login.disabled_at.is_(None))
        .where(Login.id.in_(union_all(users, operators)))
        .order_by(Login.id)
        .limit(MAX_LOGINS_PER_ADDRESS)
    )
    return [(row[0], row[1]) for row in await session.execute(query)]
