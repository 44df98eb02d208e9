from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from temporalio.testing import WorkflowEnvironment

from devstack.mailbox import Mailbox
from tests.fixtures.bank import RunningBank
from tests.fixtures.cabinet import Cabinet, Person, open_cabinet
from tests.fixtures.databases import Databases
from tests.fixtures.pages import serving_pages
from tests.fixtures.receiver import receiver_fixture
from tests.fixtures.sagas import open_market

__all__ = ["receiver_fixture"]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def cabinet(
    databases: Databases,
    saga_bank: RunningBank,
    temporal: WorkflowEnvironment,
    mailbox: Mailbox,
    hashed_password: str,
) -> AsyncIterator[Cabinet]:
    """One marketplace with its pages for a whole text; each of its tests has offers and deals of its own."""
    async with (
        open_market(databases, saga_bank, temporal, mailbox) as market,
        serving_pages(market, temporal) as served,
        open_cabinet(served, hashed_password) as cabinet,
    ):
        yield cabinet


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def seller(cabinet: Cabinet) -> Person:
    """A client of bank 2, to which his payouts go."""
    return await cabinet.client("Sonja Seller", 2)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def buyer(cabinet: Cabinet) -> Person:
    """A client of bank 1, who has much money there."""
    return await cabinet.client("Boris Buyer", 1, "90000.00")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def admin(cabinet: Cabinet) -> Person:
    return await cabinet.administrator()
