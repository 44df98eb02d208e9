"""Looks up API keys, those of simultaneous requests in one statement, so that a burst needs few connections."""

from __future__ import annotations

from collections.abc import Sequence

from domain.errors import Unauthenticated
from edge.database import Database
from edge.grouping import Groups
from edge.plain import Plain
from store.people.api_keys import Holder, authenticate_each


class Authentication:
    """Nothing is cached: every request sees the keys as they are in the database."""

    def __init__(self, database: Database, pepper: bytes) -> None:
        async def work(connection: Plain, secrets: Sequence[str]) -> list[Holder | Unauthenticated]:
            return await authenticate_each(connection, secrets, pepper)

        # Reading twice does no harm, so requests need not wait for each other.
        self._groups: Groups[str, Holder] = Groups(database, work, lambda secret: object(), at_once=True)

    async def key(self, secret: str) -> Holder:
        """The holder of the live key `secret`. Raises `Unauthenticated` for every other secret."""
        return await self._groups.ask(secret)
