"""Keys on a real database, alone and in groups: the first answer for ever, one worker per key, no half-done work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import pytest
import pytest_asyncio
from sqlalchemy import MetaData, text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import Conflict, Malformed, NotFound, Refusal, TooMany, Unavailable
from edge.database import Database
from edge.idempotency import Answer, Keyed, Names, answers_table, fingerprint, once, once_each
from tests.fixtures.databases import FreshDatabase

METADATA = MetaData()
ANSWERS = answers_table(METADATA)
NAMED_ANSWERS = answers_table(METADATA, "named_answers", named=True)
ONE, OTHER = fingerprint(b"p", "POST", "/x", {"a": 1}), fingerprint(b"p", "POST", "/x", {"a": 2})


@dataclass
class Counter:
    """A database with a table of effects, and what is done to it under keys."""

    database: Database

    async def do(
        self, key: str = "k", print_: bytes = ONE, *, caller: str = "c", fails: Exception | None = None
    ) -> Answer:
        """Adds an effect and answers with its number; raises `fails` after the effect."""
        return await self.database.run(lambda session: self._once(session, caller, key, print_, fails))

    async def _once(
        self, session: AsyncSession, caller: str, key: str, print_: bytes, fails: Exception | None
    ) -> Answer:
        async def work() -> Answer:
            await session.execute(text("INSERT INTO effects DEFAULT VALUES"))
            if fails is not None:
                raise fails
            return Answer(201, {"effects": await session.scalar(text("SELECT count(*) FROM effects"))})

        return await once(session, ANSWERS, caller, key, print_, work)

    async def effects(self) -> int:
        async with self.database.transaction() as session:
            return await session.scalar(text("SELECT count(*) FROM effects")) or 0


@dataclass
class Effects(Counter):
    """Groups of requests that each leave an effect. `tries` counts transactions."""

    tries: int = 0

    async def group(self, *keys: str, print_: bytes = ONE, behind: Sequence[str] = ()) -> list[Answer | Refusal]:
        """With `behind` the first try does not see what a group of these keys commits after it has begun."""

        async def transaction(session: AsyncSession) -> list[Answer | Refusal]:
            self.tries += 1
            if behind and self.tries == 1:
                await session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
                await session.execute(text("SELECT 1"))  # the snapshot is taken
                await Effects(self.database).group(*behind)
            keyed = [Keyed("c", key, print_) for key in keys]
            return await once_each(await session.connection(), NAMED_ANSWERS, keyed, work_in(session))

        return await self.database.run(transaction)


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
async def counter(fresh_database: FreshDatabase) -> AsyncIterator[Counter]:
    stored = await fresh_database("empty", nothing)
    database = Database(stored.superuser_url, pool_size=5)
    async with database.transaction() as session:
        await session.execute(text("CREATE TABLE effects (id bigint GENERATED ALWAYS AS IDENTITY)"))
        await (await session.connection()).run_sync(METADATA.create_all)
    yield Counter(database)
    await database.close()


@pytest.fixture
def effects(counter: Counter) -> Effects:
    return Effects(counter.database)


async def test_a_repeat_gets_the_first_answer_and_does_nothing(counter: Counter) -> None:
    assert await counter.do() == Answer(201, {"effects": 1}, repeated=False)
    assert await counter.do("another") == Answer(201, {"effects": 2}, repeated=False)
    assert await counter.do() == Answer(201, {"effects": 1}, repeated=True)
    assert await counter.effects() == 2


async def test_a_key_with_other_content_is_refused_by_name(counter: Counter) -> None:
    await counter.do()
    with pytest.raises(Malformed) as refused:
        await counter.do(print_=OTHER)
    assert (refused.value.code, refused.value.field) == ("idempotency_key_reused", "Idempotency-Key")
    assert await counter.effects() == 1


async def test_each_caller_has_separate_keys(counter: Counter) -> None:
    await counter.do(caller="a")
    assert not (await counter.do(caller="b", print_=OTHER)).repeated
    assert await counter.effects() == 2


@pytest.mark.parametrize("refusal", [Conflict("closed", "d"), NotFound("unknown", "d", "id"), Refusal("odd", "d")])
async def test_a_decision_about_the_state_is_stored_without_its_partial_effects(
    counter: Counter, refusal: Refusal
) -> None:
    first = await counter.do(fails=refusal)
    assert (first.status, first.body["code"], first.body.get("field")) == (refusal.status, refusal.code, refusal.field)
    again = await counter.do()
    assert again == Answer(first.status, first.body, repeated=True)
    assert await counter.effects() == 0


@pytest.mark.parametrize(
    "failure", [Malformed("bad", "d"), TooMany("slow", "d", 1), Unavailable("away", "d", 1), RuntimeError("bug")]
)
async def test_what_says_nothing_about_the_state_is_not_stored(counter: Counter, failure: Exception) -> None:
    with pytest.raises(type(failure)):
        await counter.do(fails=failure)
    assert await counter.effects() == 0
    assert await counter.do() == Answer(201, {"effects": 1}, repeated=False)


async def test_a_key_that_is_being_worked_on_is_a_conflict_and_a_crash_frees_it(counter: Counter) -> None:
    async with counter.database._sessions() as working:
        await counter._once(working, "c", "k", ONE, None)
        with pytest.raises(Conflict) as busy:
            await counter.do()
        assert busy.value.code == "request_in_progress"
        assert (await counter.do("another")).status == 201
        await working.rollback()
    assert not (await counter.do()).repeated


async def test_of_many_at_once_one_does_the_work(counter: Counter) -> None:
    results = await asyncio.gather(*(counter.do() for _ in range(30)), return_exceptions=True)
    answers = [result for result in results if isinstance(result, Answer)]
    assert {answer.body["effects"] for answer in answers} == {1}
    assert {result.code for result in results if isinstance(result, Refusal)} <= {"request_in_progress"}
    assert sum(not answer.repeated for answer in answers) == 1
    assert await counter.effects() == 1


def test_a_fingerprint_does_not_depend_on_the_order_of_fields_and_cannot_be_searched_without_the_pepper() -> None:
    prints = {
        fingerprint(b"p", "POST", "/x", {"a": 1, "b": 2}),
        fingerprint(b"p", "POST", "/x", {"b": 2, "a": 1}),
    }
    assert len(prints) == 1
    others = {
        fingerprint(b"q", "POST", "/x", {"a": 1, "b": 2}),
        fingerprint(b"p", "PUT", "/x", {"a": 1, "b": 2}),
        fingerprint(b"p", "POST", "/y", {"a": 1, "b": 2}),
        fingerprint(b"p", "POST", "/x", {"a": 1, "b": "2"}),
        fingerprint(b"p", "POST", "/x", {"a": 1}),
    }
    assert len(others | prints) == 6


# --- groups of requests


async def test_known_and_new_keys_of_one_group_each_get_their_own_answer(effects: Effects) -> None:
    assert await effects.group("a") == [Answer(201, {"effects": 1}, repeated=False)]
    assert await effects.group("b", "a", "c") == [
        Answer(201, {"effects": 2}, repeated=False),
        Answer(201, {"effects": 1}, repeated=True),
        Answer(201, {"effects": 3}, repeated=False),
    ]
    [refused] = await effects.group("a", print_=OTHER)
    assert isinstance(refused, Malformed) and refused.code == "idempotency_key_reused"
    assert await effects.effects() == 3


async def test_an_answer_that_was_committed_after_we_looked_is_given_and_the_effect_not_made_twice(
    effects: Effects,
) -> None:
    answers = await effects.group("new", "theirs", behind=["theirs"])
    assert answers == [Answer(201, {"effects": 2}, repeated=False), Answer(201, {"effects": 1}, repeated=True)]
    assert effects.tries == 2, "the whole transaction was done again"
    assert await effects.effects() == 2
