"""A ledger of its own for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.fixtures.databases import Databases
from tests.ledger.books import Books, new_books


@pytest_asyncio.fixture(loop_scope="session")
async def books(databases: Databases) -> AsyncIterator[Books]:
    """An empty ledger: a copy of the migrated template, dropped after the test."""
    async with new_books(databases) as books:
        yield books
