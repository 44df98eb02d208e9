from __future__ import annotations

import pytest_asyncio

from tests.fixtures.cabinet import Cabinet, Person
from tests.fixtures.receiver import receiver_fixture

__all__ = ["receiver_fixture"]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def seller(cabinet: Cabinet) -> Person:
    """The payout account of a client, at bank 2."""
    return await cabinet.client("Sonja Seller", 2)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def buyer(cabinet: Cabinet) -> Person:
    """A client of bank 1, who has much money there."""
    return await cabinet.client("Boris Buyer", 1, "90000.00")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def admin(cabinet: Cabinet) -> Person:
    return await cabinet.administrator()
