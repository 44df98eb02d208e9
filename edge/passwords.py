"""Passwords as argon2id hashes (RFC 9106), computed outside the event loop, only a few at once."""

from __future__ import annotations

import asyncio
import secrets
from typing import Final

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from domain.errors import Malformed

# RFC 9106, section 4: the second recommended choice is 64 MiB and three passes.
MEMORY_KIB: Final = 64 * 1024
PASSES: Final = 3
LANES: Final = 4
AT_ONCE: Final = 4  # 64 MiB each: a flood of log-ins must not take the machine's memory

MIN_LENGTH: Final = 10
MAX_LENGTH: Final = 200  # a longer one would be no safer, and a body of 64 KiB is no password


class Passwords:
    """`hashings` counts computed hashes: tests check that the work does not reveal whether a login exists."""

    def __init__(self) -> None:
        self._hasher = PasswordHash((Argon2Hasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES),))
        self._room = asyncio.Semaphore(AT_ONCE)
        self._nobodys: str | None = None
        self.hashings = 0

    async def hash(self, password: str) -> str:
        """The hash to store, with its own salt and parameters."""
        async with self._room:
            self.hashings += 1
            return await asyncio.to_thread(self._hasher.hash, password)

    async def matches(self, password: str, stored: str | None) -> bool:
        """Whether `password` matches `stored`. With None the same work is done, and the answer is False."""
        if stored is None:
            # Made in advance, see `prepare`: otherwise the first unknown login would take twice as long.
            stored = self._nobodys or await self.prepare()
            await self._verify(password, stored)
            return False
        return await self._verify(password, stored)

    async def prepare(self) -> str:
        """Makes the hash that unknown logins are compared with. Called once at start-up."""
        self._nobodys = await asyncio.to_thread(self._hasher.hash, secrets.token_urlsafe(32))
        return self._nobodys

    async def _verify(self, password: str, stored: str) -> bool:
        async with self._room:
            self.hashings += 1
            return await asyncio.to_thread(self._hasher.verify, password, stored)


def check_password(password: str, login: str, field: str = "password") -> str:
    """`password` if it is acceptable for `login`. Raises `Malformed` weak_password.

    The rule is length, not composition (NIST SP 800-63B, 3.1.1.2).
    """
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise Malformed("weak_password", f"A password has {MIN_LENGTH} to {MAX_LENGTH} characters.", field)
    name = login.partition("@")[0].casefold()
    if password.casefold() in (login.casefold(), name) or len(set(password)) < 4:
        raise Malformed("weak_password", "This password is easy to guess. Choose another one.", field)
    return password
