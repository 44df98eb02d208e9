"""Group commit: what many callers of one process ask for at the same time is carried out in one transaction.

Nobody waits for a group to fill. While one group is being committed the next requests come together, so that a lone
request is alone and the group grows with the load. Each caller gets the answer of his own request: done, refused, or
repeated. The transaction pays once for its statements, its locks and its write to disk.

Requests are keyed, and `work` looks the keys up first. That is what makes it safe to carry a group out again when its
COMMIT was sent and never answered: whoever was committed is found by his key, whoever was not is carried out now.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Hashable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from sqlalchemy.exc import DBAPIError

from domain.errors import Unavailable
from edge.database import OUTAGES, Database, is_outage
from edge.plain import Plain

Q = TypeVar("Q")
A = TypeVar("A")

MAX_GROUP: Final = 300  # some 25 ms of the database's time: longer ones gain little, and leave others nothing to lock
MAX_WAITING: Final = 5_000  # more than the database does in a second or two: better told at once than late
PATIENCE: Final = 32  # groups that may pass somebody by, half a second or so; then his own waits in the database

_NOTHING: Final[frozenset[Hashable]] = frozenset()


@dataclass(slots=True)
class _Asked(Generic[Q, A]):
    request: Q
    key: Hashable
    locks: Collection[Hashable]
    answer: asyncio.Future[A]
    passed_by: int = 0


class Groups(Generic[Q, A]):
    """Carries requests out in groups of at most `max_group`, `committers` groups at a time.

    `work` gets a connection and the requests of a group, and returns for each, in their order, an answer or the
    exception that its caller is to get. It must be idempotent by `key_of(request)`: within a group, and among the
    groups under way in this process, no key occurs twice, so that a second request with a key finds the first.
    `locks_of(request)` names what its rows keep locked until they are committed. Whoever needs what a group under way
    has locked is left for the group after it, so that groups work beside each other instead of waiting in the database;
    after `PATIENCE` such groups he goes all the same.
    With `at_once` `work` makes one statement, which is committed with itself: nothing stays locked while this program,
    busy with other callers, has not come to send COMMIT.

    An exception that `work` itself raises is taken for the fault of some request: the group is carried out again in
    halves, until whoever is to blame is alone with it. Only an outage of the database is everybody's.
    """

    def __init__(
        self,
        database: Database,
        work: Callable[[Plain, Sequence[Q]], Awaitable[Sequence[A | Exception]]],
        key_of: Callable[[Q], Hashable],
        *,
        locks_of: Callable[[Q], Collection[Hashable]] = lambda request: _NOTHING,
        max_group: int = MAX_GROUP,
        max_waiting: int = MAX_WAITING,
        committers: int = 2,
        at_once: bool = False,
    ) -> None:
        if min(max_group, max_waiting, committers) < 1:
            raise ValueError("at least one request per group, one that waits, one committer")
        self._work = work
        self._key_of = key_of
        self._locks_of = locks_of
        self._max_group = max_group
        self._max_waiting = max_waiting
        self._max_committers = committers
        self._database = database
        self._at_once = at_once
        self._waiting: deque[_Asked[Q, A]] = deque()
        self._busy: set[Hashable] = set()
        self._locked: list[set[Hashable]] = []  # by each group under way
        self._committers: set[asyncio.Task[None]] = set()

    async def ask(self, request: Q) -> A:
        """The answer to `request`, once it is committed; raises what `work` returned for it.

        Raises `Unavailable` overloaded when `max_waiting` requests wait already, and one of
        `edge.database.OUTAGES` when the database is away: what became of the request is then unknown, and asking
        again with the same key tells.
        """
        if len(self._waiting) >= self._max_waiting:
            raise Unavailable("overloaded", "More is asked for than can be done now. Repeat with the same key.", 1)
        answer: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        asked = _Asked(request, self._key_of(request), self._locks_of(request), answer)
        self._waiting.append(asked)
        # Whoever has to wait for a group is found when it ends: its committer then looks for the next.
        if not self._must_wait(asked):
            self._start_committer()
        return await answer

    async def drain(self) -> None:
        """Waits until everything that was asked for has been answered; for the end of the program."""
        while self._committers:
            await asyncio.wait(set(self._committers))

    def _start_committer(self) -> None:
        if len(self._committers) < self._max_committers:
            self._committers.add(asyncio.create_task(self._commit_groups()))

    async def _commit_groups(self) -> None:
        try:
            while group := self._next_group():
                locked = {lock for asked in group for lock in asked.locks}
                self._locked.append(locked)
                if self._waiting:
                    self._start_committer()
                try:
                    await self._commit(group)
                finally:
                    self._locked.remove(locked)
                    self._busy.difference_update(asked.key for asked in group)
        finally:
            # Here and not in a callback: whoever asks after the last look at the queue starts another committer.
            self._committers.discard(_current_task())

    def _next_group(self) -> list[_Asked[Q, A]]:
        """What waits longest, and neither has a key nor needs a lock that is under way. Who gave up is forgotten."""
        group: list[_Asked[Q, A]] = []
        later: list[_Asked[Q, A]] = []
        while self._waiting and len(group) < self._max_group:
            asked = self._waiting.popleft()
            if self._must_wait(asked):
                asked.passed_by += 1
                later.append(asked)
            elif not asked.answer.done():
                self._busy.add(asked.key)
                group.append(asked)
        self._waiting.extendleft(reversed(later))
        return group

    def _must_wait(self, asked: _Asked[Q, A]) -> bool:
        if asked.key in self._busy:
            return True
        return asked.passed_by < PATIENCE and not all(locked.isdisjoint(asked.locks) for locked in self._locked)

    async def _commit(self, group: list[_Asked[Q, A]]) -> None:
        try:
            answers = await self._carry_out([asked.request for asked in group])
        except Exception as error:  # noqa: BLE001  # whatever it is, it is the answer of those who are to blame
            if len(group) == 1 or (isinstance(error, OUTAGES) and is_outage(error)):
                for asked in group:
                    _tell(asked.answer, error)
                return
            middle = len(group) // 2
            await self._commit(group[:middle])
            await self._commit(group[middle:])
            return
        for asked, answer in zip(group, answers, strict=True):
            _tell(asked.answer, answer)

    async def _carry_out(self, requests: list[Q]) -> Sequence[A | Exception]:
        async def transaction(connection: Plain) -> Sequence[A | Exception]:
            answers = await self._work(connection, requests)
            if len(answers) != len(requests):
                raise AssertionError(f"{len(answers)} answers to {len(requests)} requests")
            return answers

        try:
            return await self._database.run_plain(transaction, at_once=self._at_once)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
        # COMMIT was sent and not answered. Every key is looked up first, so the same once more tells what it did.
        return await self._database.run_plain(transaction, at_once=self._at_once)


def _tell(answer: asyncio.Future[A], what: A | Exception) -> None:
    if answer.done():
        return  # he has gone; what he asked for is committed all the same, and his key finds it
    if isinstance(what, Exception):
        answer.set_exception(what)
    else:
        answer.set_result(what)


def _current_task() -> asyncio.Task[None]:
    task = asyncio.current_task()
    assert task is not None
    return task
