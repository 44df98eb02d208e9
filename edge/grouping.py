"""Group commit: requests that many callers of one process make at the same time share one transaction.

A group does not wait to fill. While one group is being committed, the next requests collect, so a lone request is
committed alone and groups grow with the load. Each caller gets the answer to their own request: done, refused or
repeated. The transaction pays once for its statements, its locks and its write to disk.

Requests are keyed, and `work` looks the keys up first. This makes it safe to repeat a group whose COMMIT was sent and
never answered: committed requests are found by key, the others are carried out now.
"""

from __future__ import annotations

import asyncio
import contextvars
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

MAX_GROUP: Final = 300  # some 25 ms of database time: longer groups gain little and keep the next one waiting
MAX_WAITING: Final = 5_000  # more than the database does in a second or two: an early refusal is better than a late one


@dataclass(slots=True)
class _Asked(Generic[Q, A]):
    request: Q
    key: Hashable
    answer: asyncio.Future[A]


class Groups(Generic[Q, A]):
    """Carries out requests in groups of at most `max_group`, one group after the other.

    `work` gets a connection and the requests of a group. It returns one answer per request, in order, or the exception
    to raise to that caller. It must be idempotent by `key_of(request)`. Within a group no key occurs twice, so a second
    request with a key finds the first. With `at_once`, `work` makes one statement, which commits by itself: no lock is
    held while this program is busy with other callers before it can send COMMIT.

    An exception raised by `work` itself is taken as the fault of one request: the group is repeated in halves until the
    faulty request is alone with it. Only an outage of the database is reported to all.
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
        then: Callable[[Sequence[A]], None] = lambda answers: None,
    ) -> None:
        if min(max_group, max_waiting) < 1:
            raise ValueError("at least one request per group, one that waits")
        self._database = database
        self._work = work
        self._key_of = key_of
        self._max_group = max_group
        self._max_waiting = max_waiting
        self._at_once = at_once
        self._then = then
        self._waiting: deque[_Asked[Q, A]] = deque()
        self._committer: asyncio.Task[None] | None = None

    async def ask(self, request: Q) -> A:
        """The answer to `request`, once it is committed; raises what `work` returned for it.

        Raises `Unavailable` overloaded when `max_waiting` requests are waiting already, and one of
        `edge.database.OUTAGES` when the database is down: the outcome is then unknown, and a repeat with the same key
        resolves it.
        """
        if len(self._waiting) >= self._max_waiting:
            raise Unavailable("overloaded", "More is asked for than can be done now. Repeat with the same key.", 1)
        answer: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Asked(request, self._key_of(request), answer))
        if self._committer is None:
            # In a context of its own: what it logs belongs to no one request.
            self._committer = asyncio.create_task(self._commit_groups(), context=contextvars.Context())
        return await answer

    async def drain(self) -> None:
        """Waits until every accepted request has been answered; for shutdown."""
        while self._committer is not None:
            await asyncio.wait([self._committer])

    async def _commit_groups(self) -> None:
        try:
            while group := self._next_group():
                await self._commit(group)
        finally:
            # Here and not when the task is done: a request that arrives after the last look at the queue starts another
            # committer.
            self._committer = None

    def _next_group(self) -> list[_Asked[Q, A]]:
        """The longest-waiting requests; a key already in the group waits for the next. Cancelled ones are dropped."""
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
        except Exception as error:  # noqa: BLE001 # every failure is the answer to the requests that caused it
            if len(group) == 1 or (isinstance(error, OUTAGES) and is_outage(error)):
                for asked in group:
                    _resolve(asked.answer, error)
                return
            middle = len(group) // 2
            await self._commit(group[:middle])
            await self._commit(group[middle:])
            return
        self._then([answer for answer in answers if not isinstance(answer, Exception)])
        for asked, answer in zip(group, answers, strict=True):
            _resolve(asked.answer, answer)

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
        # COMMIT was sent and not answered. Keys are looked up first, so repeating the same group shows what it did.
        return await self._database.run_plain(transaction, at_once=self._at_once)


def _resolve(answer: asyncio.Future[A], what: A | Exception) -> None:
    if answer.done():
        return  # the caller has gone; the request is committed all the same, and its key finds it
    if isinstance(what, Exception):
        answer.set_exception(what)
    else:
        answer.set_result(what)
