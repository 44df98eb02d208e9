"""Users of a marketplace: added and changed by its back end, given a log-in by administrators, disabled and enabled."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import Conflict, NotFound
from market import email_changes
from market.actor import Actor, marketplace_of
from market.acts import Outcome
from market.logins import Credentials
from store.people import password_links
from store.people.logins import Login, create_login, login_of
from store.people.marketplaces import Marketplace
from store.people.users import User, create_user, update_user, user_of, user_of_reference


@dataclass(frozen=True, slots=True)
class Details:
    """What can change of a user. `language` is that of their mails: `en` or `ru`."""

    name: str
    email: str
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Put:
    """A user who was created or changed under the marketplace's own reference."""

    user: User
    created: bool


@dataclass(frozen=True, slots=True)
class Client:
    """A user with a log-in of their own."""

    user: User
    login: Login


async def add(session: AsyncSession, actor: Actor, details: Details, reference: str | None) -> Outcome[User]:
    """Adds a user; `reference` is the marketplace's own id of them. Raises `Conflict` user_exists."""
    user = await _create(session, marketplace_of(actor), details, reference)
    return Outcome(user, user)


async def change(session: AsyncSession, actor: Actor, user_id: UUID, details: Details, pepper: bytes) -> Outcome[User]:
    """Changes name and language at once, the address once it is confirmed.

    Raises `NotFound` unknown_user, `TooMany` too_many_tries.
    """
    user = await user_of(session, actor.marketplace_id, user_id, lock=True)
    await _change(session, user, details, pepper)
    return Outcome(user, user)


async def put(session: AsyncSession, actor: Actor, reference: str, details: Details, pepper: bytes) -> Outcome[Put]:
    """Creates the user of this reference, or changes them. Raises `TooMany` too_many_tries."""
    marketplace_id = marketplace_of(actor)
    user = await user_of_reference(session, marketplace_id, reference)
    if user is None:
        try:
            made = await _create(session, marketplace_id, details, reference)
            return Outcome(Put(made, created=True), made)
        except Conflict:  # another request created them just now: then they are changed
            user = await user_of_reference(session, marketplace_id, reference)
    assert user is not None, "users are never deleted"
    await _change(session, user, details, pepper)
    return Outcome(Put(user, created=False), user)


async def add_client(
    session: AsyncSession, marketplace_id: UUID, details: Details, reference: str | None, credentials: Credentials
) -> Outcome[Client]:
    """Adds a user who logs in with these credentials; for administrators.

    Raises `NotFound` unknown_marketplace, `Conflict` user_exists, login_exists.
    """
    if await session.get(Marketplace, marketplace_id) is None:
        raise NotFound("unknown_marketplace", "There is no such marketplace.", "marketplace_id")
    user = await _create(session, marketplace_id, details, reference)
    login = await create_login(session, name=credentials.login, password=credentials.password, user_id=user.id)
    return Outcome(Client(user, login), login)


async def disable(session: AsyncSession, actor: Actor, user_id: UUID) -> Outcome[Login]:
    """Ends a user's access at once, with every session and token; their deals and money are not affected.

    Raises `NotFound` unknown_user, `Conflict` no_login.
    """
    login = await password_links.disable(session, await _login_id(session, actor, user_id))
    return Outcome(login, login)


async def enable(session: AsyncSession, actor: Actor, user_id: UUID) -> Outcome[Login]:
    """Lets a disabled user log in again, with the password they had. Raises as `disable`."""
    login = await password_links.enable(session, await _login_id(session, actor, user_id))
    return Outcome(login, login)


async def _create(session: AsyncSession, marketplace_id: UUID, details: Details, reference: str | None) -> User:
    return await create_user(
        session,
        marketplace_id,
        name=details.name,
        email=details.email,
        reference=reference,
        language=details.language,
    )


async def _change(session: AsyncSession, user: User, details: Details, pepper: bytes) -> None:
    await update_user(session, user, name=details.name, language=details.language)
    await email_changes.ask(session, user, details.email, pepper)


async def _login_id(session: AsyncSession, actor: Actor, user_id: UUID) -> UUID:
    user = await user_of(session, actor.marketplace_id, user_id)
    login = await login_of(session, user_id=user.id)
    if login is None:
        raise Conflict("no_login", "The user has no login: only the marketplace's back end acts for them.")
    return login.id
