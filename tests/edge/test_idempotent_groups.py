"""Keys of a group on a real database: an answer stored in between is found, and the work of the group done once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import pytest_asyncio
from sqlalchemy import MetaData, text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import Malformed, Refusal
from edge.database import Database
from edge.idempotency import Answer, Keyed, Names, answers_table, fingerprint, once_each
from tests.fixtures.databases import FreshDatabase

METADATA = MetaData()
ANSWERS = answers_table(METADATA, named=True)
ONE, OTHER = fingerprint(b"p", "POST", "/x", {"a": 1}), fingerprint(b"p", "POST", "/x", {"a": 2})


@dataclass
class Effects:
    """A database with a table of effects, and groups of requests that each leave one. `tries` counts transactions."""

    database: Database
    tries: int = field(default=0)

    async def group(self, *keys: str, print_: bytes = ONE, behind: Sequence[str] = ()) -> list[Answer | Refusal]:
        """With `behind` the first try does not see what a group of these keys commits after it has begun."""

        async def transaction(session: AsyncSession) -> list[Answer | Refusal]:
            self.tries += 1
            if behind and self.tries == 1:
                await session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
                await session.execute(text("SELECT 1"))  # the snapshot is taken
                await Effects(self.database).group(*behind)
            keyed = [Keyed("c", key, print_) for key in keys]
            return await once_each(await session.connection(), ANSWERS, keyed, work_in(session))

        return await self.database.run(transaction)

    async def count(self) -> int:
        async with self.database.transaction() as session:
            return await session.scalar(text("SELECT count(*) FROM effects")) or 0


def work_in(session: AsyncSession):
    async def work(places: Sequence[int]) -> list[Answer | Refusal]:
        answers: list[Answer | Refusal] = []
        for _ in places:
            await session.execute(text("INSERT INTO effects DEFAULT VALUES"))
            count = await session.scalar(text("SELECT count(*) FROM effects"))
            answers.append(Answer(201, {"effects": count}, names=Names("effects", str(count))))
        return answers

    return work


def nothing(owner_url: str, app_role: str) -> None:
    """The template is an empty database."""


@pytest_asyncio.fixture(loop_scope="session")
async def effects(fresh_database: FreshDatabase) -> AsyncIterator[Effects]:
    stored = await fresh_database("empty", nothing)
    database = Database(stored.superuser_url, pool_size=5)
    async with database.transaction() as session:
        await session.execute(text("CREATE TABLE effects (id bigint GENERATED ALWAYS AS IDENTITY)"))
        await (await session.connection()).run_sync(METADATA.create_all)
    yield Effects(database)
    await database.close()


async def test_known_and_new_keys_of_one_group_each_get_their_own_answer(effects: Effects) -> None:
    assert await effects.group("a") == [Answer(201, {"effects": 1}, repeated=False)]
    assert await effects.group("b", "a", "c") == [
        Answer(201, {"effects": 2}, repeated=False),
        Answer(201, {"effects": 1}, repeated=True),
        Answer(201, {"effects": 3}, repeated=False),
    ]
    [refused] = await effects.group("a", print_=OTHER)
    assert isinstance(refused, Malformed) and refused.code == "idempotency_key_reused"
    assert await effects.count() == 3


async def test_an_answer_that_was_committed_after_we_looked_is_given_and_the_effect_not_made_twice(
    effects: Effects,
) -> None:
    answers = await effects.group("new", "theirs", behind=["theirs"])
    assert answers == [Answer(201, {"effects": 2}, repeated=False), Answer(201, {"effects": 1}, repeated=True)]
    assert effects.tries == 2, "the whole transaction was done again"
    assert await effects.count() == 2
