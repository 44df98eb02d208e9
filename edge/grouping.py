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
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from sqlalchemy.exc import DBAPIError

from domain.errors import Unavailable
from edge.database import OUTAGES, Database, is_outage
from edge.plain import Plain

Q = TypeVar("Q")
A = TypeVar("A")

MAX_GROUP: Final = 300  # some 25 ms of the database's time: longer ones gain little, and keep the next waiting
MAX_WAITING: Final = 5_000  # more than the database does in a second or two: better told at once than late


@dataclass(slots=True)
class _Asked(Generic[Q, A]):
    request: Q
    key: Hashable
    answer: asyncio.Future[A]


class Groups(Generic[Q, A]):
    """Carries requests out in groups of at most `max_group`, one group after the other.

    `work` gets a connection and the requests of a group, and returns for each, in their order, an answer or the
    exception that its caller is to get. It must be idempotent by `key_of(request)`: within a group no key occurs
    twice, so that a second request with a key finds the first.
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
        max_group: int = MAX_GROUP,
        max_waiting: int = MAX_WAITING,
        at_once: bool = False,
    ) -> None:
        if min(max_group, max_waiting) < 1:
            raise ValueError("at least one request per group, one that waits")
        self._database = database
        self._work = work
        self._key_of = key_of
        self._max_group = max_group
        self._max_waiting = max_waiting
        self._at_once = at_once
        self._waiting: deque[_Asked[Q, A]] = deque()
        self._committer: asyncio.Task[None] | None = None

    async def ask(self, request: Q) -> A:
        """The answer to `request`, once it is committed; raises what `work` returned for it.

        Raises `Unavailable` overloaded when `max_waiting` requests wait already, and one of
        `edge.database.OUTAGES` when the database is away: what became of the request is then unknown, and asking
        again with the same key tells.
        """
        if len(self._waiting) >= self._max_waiting:
            raise Unavailable("overloaded", "More is asked for than can be done now. Repeat with the same key.", 1)
        answer: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Asked(request, self._key_of(request), answer))
        if self._committer is None:
            self._committer = asyncio.create_task(self._commit_groups())
        return await answer

    async def drain(self) -> None:
        """Waits until everything that was asked for has been answered; for the end of the program."""
        while self._committer is not None:
            await asyncio.wait([self._committer])

    async def _commit_groups(self) -> None:
        try:
            while group := self._next_group():
                await self._commit(group)
        finally:
            # Here and not in a callback: whoever asks after the last look at the queue starts another committer.
            self._committer = None

    def _next_group(self) -> list[_Asked[Q, A]]:
        """What waits longest; a key that the group has already is for the next one. Who gave up is forgotten."""
        group: dict[Hashable, _Asked[Q, A]] = {}
        later: list[_Asked[Q, A]] = []
        while self._waiting and len(group) < self._max_group:
            asked = self._waiting.popleft()
            if asked.key in group:
                later.append(asked)
            elif not asked.answer.done():
                group[asked.key] = asked
        self._waiting.extendleft(reversed(later))
        return list(group.values())

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
