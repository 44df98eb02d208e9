"""Many simultaneous requests for one person cost a program one connection; others are served meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncSession

import store
from edge.database import Database
from store.people.marketplaces import create_marketplace
from store.people.users import create_user, lock_person, user_of, user_of_reference
from tests.fixtures.databases import Databases

POOL = 4
Lock = Callable[[AsyncSession], Awaitable[object]]


@pytest_asyncio.fixture(loop_scope="session")
async def database(databases: Databases) -> AsyncIterator[Database]:
    async with databases.fresh("market", store.migrate) as fresh:
        database = Database(fresh.url, pool_size=POOL)
        yield database
        await database.close()


async def _two_users(database: Database) -> tuple[UUID, UUID, UUID]:
    """A marketplace and two users of it, `anna` and `boris` by reference."""
    async with database.transaction() as session:
        shop = (await create_marketplace(session, "Test")).id
        anna, boris = [
            (await create_user(session, shop, name=name, email=f"{name}@example.test", reference=name)).id
            for name in ("anna", "boris")
        ]
    return shop, anna, boris


def _locks(shop: UUID, user_id: UUID, reference: str) -> dict[str, Lock]:
    return {
        "to count": partial(lock_person, user_id=user_id),
        "by id": partial(user_of, marketplace_id=shop, user_id=user_id, lock=True),
        "by reference": partial(user_of_reference, marketplace_id=shop, reference=reference),
    }


@pytest.mark.parametrize("how", ["to count", "by id", "by reference"])
async def test_while_twenty_requests_wait_for_one_person_another_is_still_served(database: Database, how: str) -> None:
    shop, anna, boris = await _two_users(database)
    lock_anna, lock_boris = _locks(shop, anna, "anna")[how], _locks(shop, boris, "boris")[how]
    holder = Database(database.engine.url.render_as_string(hide_password=False), pool_size=1)
    async with holder.transaction() as session:
        await lock_person(session, anna)
        waiting = [asyncio.create_task(database.run(lock_anna)) for _ in range(20)]
        for _ in range(POOL):
            await database.run(lock_boris)
        assert not any(task.done() for task in waiting)
    await asyncio.gather(*waiting)
    await holder.close()


async def test_no_user_is_found_by_an_unknown_reference(database: Database) -> None:
    shop, *_ = await _two_users(database)
    assert await database.run(partial(user_of_reference, marketplace_id=shop, reference="clara")) is None
