"""Log-in and log-out: login and password, sessions of browsers, tokens of programs.

A try is counted before the password is checked, and an unknown login costs the same work as a known one.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import Forbidden, Refusal, TooMany, Unauthenticated
from domain.rate_limits import LOGIN, LOGIN_FROM_ADDRESS, LOGIN_FROM_DEVICE, LOGINS_FROM_ADDRESS
from domain.roles import Role
from edge.addresses import one_caller
from edge.database import Database
from edge.passwords import MAX_LENGTH, Passwords, check_password
from edge.tokens import Claims
from market.devices import Devices
from store.operations.rate_limits import Try, count, release_tries
from store.people import sessions
from store.people.grants import Granted, begin_grant, end_grant, end_grant_of, person_granted, refresh_grant
from store.people.logins import MAX_LOGIN_LENGTH, Person, lock_login, login_named, normal_login, person_of


@dataclass(frozen=True, slots=True)
class Credentials:
    """A login as it is stored, and the hash of the password chosen for it."""

    login: str
    password: str

    def __repr__(self) -> str:
        return f"Credentials(login={self.login!r})"


async def credentials(passwords: Passwords, login: str, password: str) -> Credentials:
    """Hashes a password for a new login; not within a transaction, for it takes a tenth of a second.

    Raises `Malformed` bad_login, weak_password.
    """
    name = normal_login(login)
    return Credentials(name, await passwords.hash(check_password(password, name)))


class LogIn:
    def __init__(self, database: Database, passwords: Passwords, pepper: bytes) -> None:
        self._database = database
        self._passwords = passwords
        self._pepper = pepper
        self._devices = Devices(pepper)

    def device(self, login: str, token: str) -> str:
        """The token for a device that has just logged in with `login`; `token` is what it sent."""
        return self._devices.with_(_name(login), token)

    async def session(
        self, login: str, password: str, address: str, device: str = "", *, role: Role | None = None
    ) -> str:
        """The token of a new session, only for a person with `role` if one is given.

        `address` is where the request came from, `device` the device's token. Raises `Unauthenticated` wrong_login
        alike for a wrong password, an unknown or disabled login and a missing role, `TooMany` too_many_tries; with the
        role of a client `Forbidden` staff_login for a member of staff with the right password.
        """
        login_id, stored = await self._verified(login, password, address, device)
        async with self._database.transaction() as session:
            await self._still(session, login_id, stored)
            if role is not None:
                person = await person_of(session, login_id)
                if person is not None and role is Role.CLIENT and role not in person.roles:
                    raise Forbidden("staff_login", "This login is for the administration, not for clients' pages.")
                if person is None or role not in person.roles:
                    raise wrong_login()
            return await sessions.begin_session(session, self._pepper, login_id)

    async def person(self, token: str) -> Person | None:
        """Whose session it is; None when it is unknown or has ended."""
        async with self._database.transaction() as session:
            return await sessions.find_session(session, self._pepper, token)

    async def log_out(self, token: str) -> None:
        """Ends a session at once; an unknown one changes nothing."""
        async with self._database.transaction() as session:
            await sessions.end_session(session, self._pepper, token)

    async def speak(self, token: str, language: str) -> None:
        """Mails to the client of a session are in `language` from now on: `en` or `ru`."""
        async with self._database.transaction() as session:
            await sessions.speak(session, self._pepper, token, language)

    async def grant(self, login: str, password: str, address: str, device: str = "") -> Granted:
        """A new family of tokens. Raises as `session`."""
        login_id, stored = await self._verified(login, password, address, device)
        async with self._database.transaction() as session:
            await self._still(session, login_id, stored)
            granted = await begin_grant(session, self._pepper, login_id)
        if granted is None:
            raise wrong_login()
        return granted

    async def refresh(self, token: str) -> Granted:
        """The next tokens of a family. Raises `Refusal` invalid_grant; a token used before ends its family."""
        # Committed even if no token is issued: a family whose token was used twice has ended.
        async with self._database.transaction() as session:
            granted = await refresh_grant(session, self._pepper, token)
        if granted is None:
            raise Refusal("invalid_grant", "The refresh token is unknown, used, over or ended.")
        return granted

    async def revoke(self, token: str, claims: Claims | None) -> None:
        """Ends the family of a refresh token, or of the access token with `claims`; an unknown one changes nothing."""
        async with self._database.transaction() as session:
            if claims is None:
                await end_grant_of(session, self._pepper, token)
            elif await person_granted(session, claims.grant_id, claims.expires_at) is not None:
                await end_grant(session, claims.grant_id)

    async def _verified(self, login: str, password: str, address: str, device: str) -> tuple[UUID, str]:
        """The login's id, and the hash that the password matched; it may change before the caller looks again."""
        # Longer passwords cannot be right; cut, they cost as much as others.
        name, password = _name(login), password[: MAX_LENGTH + 1]
        known = self._devices.of(name, device)
        caller = one_caller(address)
        counted = [Try(LOGIN_FROM_DEVICE, known or "")]
        if known is None:
            counted = [
                Try(LOGIN_FROM_ADDRESS, f"{name}/{caller}"),
                Try(LOGINS_FROM_ADDRESS, caller),
                Try(LOGIN, name),
            ]
        async with self._database.transaction() as session:
            tries = await count(session, self._pepper, counted)
        if tries.exceeded:
            raise TooMany("too_many_tries", "Too many wrong tries: try again later.", tries.retry_after_s)
        async with self._database.transaction() as session:
            found = await login_named(session, name)
        stored = found.password if found is not None and found.disabled_at is None else None
        if not await self._passwords.matches(password, stored) or found is None or stored is None:
            raise wrong_login()
        async with self._database.transaction() as session:
            await release_tries(session, self._pepper, counted)
        return found.id, stored

    async def _still(self, session: AsyncSession, login_id: UUID, stored: str) -> None:
        """Under the login's lock: nothing is opened with a password that was changed during the hashing."""
        login = await lock_login(session, login_id)
        if login.disabled_at is not None or login.password != stored:
            raise wrong_login()


def _name(login: str) -> str:
    return login.strip().lower()[: MAX_LOGIN_LENGTH + 1]


def wrong_login() -> Unauthenticated:
    return Unauthenticated("wrong_login", "Login or password is wrong.")
