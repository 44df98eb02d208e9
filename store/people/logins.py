"""Logins: the name and password with which a user of a marketplace or a member of staff logs in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.errors import Conflict, Malformed, NotFound
from domain.roles import Role
from store.base import Base, Created, Id
from store.people.operators import Operator, roles_of
from store.people.users import User

MAX_LOGIN_LENGTH: Final = 254  # long enough for an e-mail address
_LOGIN: Final = re.compile(r"[^\s\x00-\x1f\x7f]{1,254}")


class Login(Base):
    __tablename__ = "logins"
    __table_args__ = (
        CheckConstraint("num_nonnulls(user_id, operator_id) = 1", "one_owner"),
        CheckConstraint("name = lower(name)", "name_in_lower_case"),
    )

    id: Mapped[Id]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), unique=True)
    operator_id: Mapped[UUID | None] = mapped_column(ForeignKey("operators.id"), unique=True)
    name: Mapped[str] = mapped_column(unique=True)
    """Unique over the whole platform, in lower case."""
    password: Mapped[str | None]
    """Its argon2id hash; None until one is set with a link from a mail."""
    password_set_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    """From then on nothing opened with the login works."""
    created_at: Mapped[Created]


@dataclass(frozen=True, slots=True)
class Person:
    """The person who logged in: a client has `marketplace_id` and `user_id`, a member of staff `operator_id`."""

    login_id: UUID
    login: str
    name: str
    email: str | None
    roles: frozenset[Role]
    marketplace_id: UUID | None
    user_id: UUID | None
    operator_id: UUID | None


def normal_login(text: str, field: str = "login") -> str:
    """The login in its stored form; `Malformed` bad_login for an invalid one."""
    name = text.strip().lower()
    if not _LOGIN.fullmatch(name):
        raise Malformed("bad_login", f"A login has 1 to {MAX_LOGIN_LENGTH} characters and no spaces.", field)
    return name


async def create_login(
    session: AsyncSession,
    *,
    name: str,
    password: str | None,
    user_id: UUID | None = None,
    operator_id: UUID | None = None,
) -> Login:
    """A login of a user or of a member of staff; `password` is a hash, None until its owner sets one.

    Raises `Conflict` login_exists when the name is taken or the person has a login already, `Malformed` bad_login.
    """
    fresh = insert(Login).values(
        name=normal_login(name),
        password=password,
        password_set_at=None if password is None else func.clock_timestamp(),
        user_id=user_id,
        operator_id=operator_id,
    )
    login: Login | None = await session.scalar(fresh.on_conflict_do_nothing().returning(Login))
    if login is None:
        raise Conflict("login_exists", "The login is taken, or the person has one already.", "login")
    return login


async def login_named(session: AsyncSession, name: str) -> Login | None:
    """The login of this name, even if disabled; None for a text that is no login."""
    return await session.scalar(select(Login).where(Login.name == name.strip().lower()))


async def lock_login(session: AsyncSession, login_id: UUID) -> Login:
    """The login, locked: nothing is opened with it while it changes. `NotFound` unknown_login."""
    query = (
        select(Login)
        .where(Login.id == login_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    login = await session.scalar(query)
    if login is None:
        raise NotFound("unknown_login", "There is no such login.")
    return login


async def login_of(session: AsyncSession, *, user_id: UUID) -> Login | None:
    """The login of a user, who may have none."""
    return await session.scalar(select(Login).where(Login.user_id == user_id))


async def person_of(session: AsyncSession, login_id: UUID) -> Person | None:
    """Whose login it is; None when it is unknown or disabled."""
    login = await session.scalar(select(Login).where(Login.id == login_id, Login.disabled_at.is_(None)))
    if login is None:
        return None
    if login.user_id is not None:
        user = await session.get_one(User, login.user_id)
        roles = frozenset({Role.CLIENT})
        return Person(login.id, login.name, user.name, user.email, roles, user.marketplace_id, user.id, None)
    operator = await session.get_one(Operator, login.operator_id)
    return Person(login.id, login.name, operator.name, operator.email, roles_of(operator), None, None, operator.id)
