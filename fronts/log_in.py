"""Coming in: who knows login and password, counted before it is worked out, the same work for whoever is unknown."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import TooMany, Unauthenticated
from edge.addresses import one_caller
from edge.database import Database
from edge.passwords import MAX_LENGTH, Passwords
from fronts.devices import Devices
from store.grants import Granted, begin_grant
from store.logins import MAX_LOGIN_LENGTH, lock_login, login_named
from store.rate_limits import count, give_back
from store.sessions import begin_session

# Wrong tries within a quarter of an hour. One person from one place mistypes; a place is an office; a login that is
# tried from everywhere is being guessed, and its owner is not locked out by few strangers.
TRIES_OF_LOGIN_FROM_ADDRESS: Final = 10
TRIES_FROM_ADDRESS: Final = 100
TRIES_OF_LOGIN: Final = 100
# A device that has come in with this login before: the tries of others do not count, nor do its own count for others.
TRIES_OF_DEVICE: Final = 10


class LogIn:
    def __init__(self, database: Database, passwords: Passwords, pepper: bytes) -> None:
        self._database = database
        self._passwords = passwords
        self._pepper = pepper
        self._devices = Devices(pepper)

    def device(self, login: str, said: str) -> str:
        """What a device says from now on that has just come in with `login`; `said` is what it said before."""
        return self._devices.with_(_name(login), said)

    async def session(self, login: str, password: str, address: str, device: str = "") -> str:
        """The token of a fresh session.

        Raises `Unauthenticated` wrong_login for a wrong password, an unknown and a disabled login alike, `TooMany`
        too_many_tries. `address` is where the request came from, `device` what the device says.
        """
        login_id, stored = await self._verified(login, password, address, device)
        async with self._database.transaction() as session:
            await self._still(session, login_id, stored)
            return await begin_session(session, self._pepper, login_id)

    async def grant(self, login: str, password: str, address: str, device: str = "") -> Granted:
        """A fresh family of tokens; raises what `session` raises."""
        login_id, stored = await self._verified(login, password, address, device)
        async with self._database.transaction() as session:
            await self._still(session, login_id, stored)
            granted = await begin_grant(session, self._pepper, login_id)
        if granted is None:
            raise wrong_login()
        return granted

    async def _verified(self, login: str, password: str, address: str, device: str) -> tuple[UUID, str]:
        """The login's id, and the hash that the password matched: it may be changed until the caller looks again."""
        # Longer ones cannot be right; cut, they cost what others cost.
        name, password = _name(login), password[: MAX_LENGTH + 1]
        known = self._devices.of(name, device)
        caller = one_caller(address)
        subjects = {f"device/{known}": TRIES_OF_DEVICE}
        if known is None:
            subjects = {
                f"login/{name}/{caller}": TRIES_OF_LOGIN_FROM_ADDRESS,
                f"address/{caller}": TRIES_FROM_ADDRESS,
                f"login/{name}": TRIES_OF_LOGIN,
            }
        async with self._database.transaction() as session:
            tries = await count(session, self._pepper, subjects)
        if tries.exceeded:
            raise TooMany("too_many_tries", "Too many wrong tries: come back later.", tries.retry_after_s)
        async with self._database.transaction() as session:
            found = await login_named(session, name)
        stored = found.password if found is not None and found.disabled_at is None else None
        if not await self._passwords.matches(password, stored) or found is None or stored is None:
            raise wrong_login()
        async with self._database.transaction() as session:
            await give_back(session, self._pepper, list(subjects))
        return found.id, stored

    async def _still(self, session: AsyncSession, login_id: UUID, stored: str) -> None:
        """Under the login's lock: nothing is opened with a password that was changed while it was worked out."""
        login = await lock_login(session, login_id)
        if login.disabled_at is not None or login.password != stored:
            raise wrong_login()


def _name(login: str) -> str:
    return login.strip().lower()[: MAX_LOGIN_LENGTH + 1]


def wrong_login() -> Unauthenticated:
    return Unauthenticated("wrong_login", "Login or password is wrong.")
