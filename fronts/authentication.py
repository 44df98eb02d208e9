"""Looks API keys up: of requests that come together in one statement, so that a burst needs few connections."""

from __future__ import annotations

from collections.abc import Sequence

from domain.errors import Unauthenticated
from edge.database import Database
from edge.grouping import Groups
from edge.plain import Plain
from store.api_keys import Holder, authenticate_each


class Authentication:
    """Nothing is remembered: every request sees the keys as they are in the database when it comes."""

    def __init__(self, database: Database, pepper: bytes) -> None:
        async def work(connection: Plain, secrets: Sequence[str]) -> list[Holder | Unauthenticated]:
            return await authenticate_each(connection, secrets, pepper)

        # Reading twice does no harm, so that no two requests need to wait for each other.
        self._groups: Groups[str, Holder] = Groups(database, work, lambda secret: object(), at_once=True)

    async def key(self, secret: str) -> Holder:
        """Who holds the live key `secret`; raises `Unauthenticated` for every other secret alike."""
        return await self._groups.ask(secret)
