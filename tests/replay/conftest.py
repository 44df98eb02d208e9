"""What is replayed here was played in the sandbox, which is how workers run workflows by default."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.fixtures.sagas import Market


@pytest_asyncio.fixture(loop_scope="session")
async def market(idle_market: Market) -> AsyncIterator[Market]:
    """A market with a worker that runs workflows in the sandbox."""
    async with idle_market.working(sandbox=True):
        yield idle_market
