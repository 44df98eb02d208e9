"""Transfers of many callers in one commit: each gets their own answer, and a broken commit is asked about by key."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from sqlalchemy.engine import make_url

import ledger
from domain.errors import Unavailable
from edge.database import OUTAGES, Database
from edge.grouping import Groups
from edge.plain import Plain
from ledger import Balance, Command, Outcome, Post
from tests.ledger.books import Books, verdict, verdicts

CALLERS = 100
Transfers = Groups[Command, Outcome]


class Work:
    """Posts the commands of a group, and remembers how many there were in each."""

    def __init__(self) -> None:
        self.groups: list[int] = []

    async def __call__(self, connection: Plain, commands: Sequence[Command]) -> list[Outcome]:
        self.groups.append(len(commands))
        return await ledger.post(connection, commands)


def transfers(database: Database, work: Work, *, max_group: int = 300, max_waiting: int = 5_000) -> Transfers:
    return Groups(database, work, lambda command: command.key, max_group=max_group, max_waiting=max_waiting)


async def all_of(groups: Transfers, commands: Sequence[Command]) -> list[Outcome]:
    answers: list[Outcome] = await asyncio.gather(*(groups.ask(command) for command in commands))
    return answers


@pytest.mark.source("wallet:4")
async def test_simultaneous_callers_are_committed_together_and_each_gets_their_own_answer(books: Books) -> None:
    payer, payee = await books.open(floor=0, funds=CALLERS), await books.open(floor=0)
    other = await books.open("USD")
    done: list[Command] = [Post(f"p{n}", payer, payee, 1, "RUB") for n in range(CALLERS)]
    refused: list[Command] = [Post("too much", payee, payer, 10_000, "RUB"), Post("usd", payer, other, 1, "RUB")]
    work = Work()
    answers = await all_of(transfers(books.app, work), [*done[:50], *refused, *done[50:]])
    assert verdicts(answers[:50] + answers[52:]) == ["posted"] * CALLERS
    assert verdicts(answers[50:52]) == ["insufficient_funds", "currency_mismatch"]
    assert [answer.key for answer in answers[:50]] == [command.key for command in done[:50]]
    assert work.groups == [CALLERS + 2]
    assert await books.balance(payee) == Balance(CALLERS, 0, 0)
    assert (await books.audit()).violations == ()


async def test_later_requests_wait_for_the_next_group_and_no_group_is_too_large(books: Books) -> None:
    payer, payee = await books.open(), await books.open()
    work = Work()
    groups = transfers(books.app, work, max_group=8)
    first = asyncio.create_task(groups.ask(Post("first", payer, payee, 1, "RUB")))
    while not work.groups:
        await asyncio.sleep(0)
    answers = await all_of(groups, [Post(f"p{n}", payer, payee, 1, "RUB") for n in range(20)])
    assert verdicts([await first, *answers]) == ["posted"] * 21
    assert work.groups == [1, 8, 8, 4]


async def test_a_hundred_requests_with_one_key_are_one_transfer(books: Books) -> None:
    payer, payee = await books.open(floor=0, funds=100), await books.open(floor=0)
    groups = transfers(books.app, Work())
    answers = await all_of(groups, [Post("p", payer, payee, 60, "RUB")] * CALLERS)
    assert Counter(map(verdict, answers)) == {"posted": 1, "posted again": CALLERS - 1}
    assert await books.balance(payer) == Balance(40, 0, 0)


@pytest.mark.source("wallet:16-17")
async def test_several_programs_that_commit_beside_each_other_leave_every_total_exact(books: Books) -> None:
    accounts = [await books.open(floor=0, funds=50) for _ in range(4)]
    programs = [transfers(books.app, Work(), max_group=7) for _ in range(2)]
    commands = [
        Post(f"p{n}", accounts[n % 4], accounts[(n + 1 + n // 4 % 3) % 4], 1 + n % 40, "RUB") for n in range(200)
    ]
    # Both programs get every request: the second one finds the first one's answer.
    answers = await asyncio.gather(*(all_of(program, commands) for program in programs))
    for one, other in zip(*answers, strict=True):
        assert verdict(one).removesuffix(" again") == verdict(other).removesuffix(" again")
    assert sum([(await books.balance(account)).balance_minor for account in accounts]) == 200
    assert (await books.audit()).violations == ()


async def test_a_request_that_breaks_the_work_does_not_harm_the_others(books: Books) -> None:
    payer, payee = await books.open(), await books.open()
    good = Work()

    async def work(connection: Plain, commands: Sequence[Command]) -> list[Outcome]:
        answers = await good(connection, commands)
        if any(command.key == "poison" for command in commands):
            await connection.exec_driver_sql("SELECT 1 / 0")
        return answers

    groups = Groups(books.app, work, lambda command: command.key)
    commands = [Post("poison" if n == 5 else f"p{n}", payer, payee, 1, "RUB") for n in range(20)]
    answers = await asyncio.gather(*(groups.ask(command) for command in commands), return_exceptions=True)
    failed = [n for n, answer in enumerate(answers) if isinstance(answer, BaseException)]
    assert failed == [5]
    assert await books.balance(payee) == Balance(19, 0, 0)
    assert await books.rows("SELECT count(*) FROM ledger.transfers WHERE key = 'poison'") == [(0,)]


async def test_a_request_cancelled_before_its_turn_is_not_carried_out(books: Books) -> None:
    payer, payee = await books.open(), await books.open()
    groups = transfers(books.app, Work(), max_group=1)
    first = asyncio.create_task(groups.ask(Post("first", payer, payee, 1, "RUB")))
    gone = asyncio.create_task(groups.ask(Post("gone", payer, payee, 1, "RUB")))
    while not groups._waiting:
        await asyncio.sleep(0)
    gone.cancel()
    await first
    await groups.drain()
    assert await books.balance(payee) == Balance(1, 0, 0)


async def test_a_request_cancelled_during_its_group_harms_no_other_and_its_answer_is_found_by_key(
    books: Books,
) -> None:
    payer, payee = await books.open(), await books.open()
    begun, may_end = asyncio.Event(), asyncio.Event()
    post = Work()

    async def work(connection: Plain, commands: Sequence[Command]) -> list[Outcome]:
        answers = await post(connection, commands)
        begun.set()
        await may_end.wait()
        return answers

    groups: Transfers = Groups(books.app, work, lambda command: command.key)
    asking = [asyncio.create_task(groups.ask(Post(f"p{n}", payer, payee, 1, "RUB"))) for n in range(10)]
    await begun.wait()
    asking[3].cancel()
    may_end.set()
    answers = await asyncio.gather(*asking, return_exceptions=True)
    assert [n for n, answer in enumerate(answers) if isinstance(answer, BaseException)] == [3]
    assert verdicts([await groups.ask(Post("p3", payer, payee, 1, "RUB"))]) == ["posted again"]
    assert await books.balance(payee) == Balance(10, 0, 0)


async def test_too_many_waiting_callers_are_refused_at_once(books: Books) -> None:
    payer, payee = await books.open(), await books.open()
    groups = transfers(books.app, Work(), max_group=1, max_waiting=2)
    commands = [Post(f"p{n}", payer, payee, 1, "RUB") for n in range(3)]
    answers = await asyncio.gather(*(groups.ask(command) for command in commands), return_exceptions=True)
    [shown] = [answer for answer in answers if isinstance(answer, Unavailable)]
    assert (shown.code, shown.retry_after_s) == ("overloaded", 1)
    assert await books.balance(payee) == Balance(2, 0, 0)


async def test_a_commit_whose_answer_is_lost_is_asked_about_and_nothing_is_done_twice(books: Books) -> None:
    payer, payee = await books.open(), await books.open()
    async with lossy(books.app) as database:
        answers = await all_of(transfers(database, Work()), [Post(f"p{n}", payer, payee, 1, "RUB") for n in range(20)])
    assert verdicts(answers) == ["posted again"] * 20
    assert await books.balance(payee) == Balance(20, 0, 0)


async def test_a_connection_that_breaks_before_the_commit_is_replaced(books: Books) -> None:
    payer, payee = await books.open(), await books.open()
    broken: list[bool] = []

    async def work(connection: Plain, commands: Sequence[Command]) -> list[Outcome]:
        answers = await ledger.post(connection, commands)
        if not broken:
            broken.append(True)
            pid = await connection.exec_driver_sql("SELECT pg_backend_pid()")
            await books.rows("SELECT pg_terminate_backend($1::int, 5000)", pid.scalar_one())
        return answers

    groups: Transfers = Groups(books.app, work, lambda command: command.key)
    assert verdicts([await groups.ask(Post("p", payer, payee, 1, "RUB"))]) == ["posted"]
    assert await books.balance(payee) == Balance(1, 0, 0)


async def test_while_the_database_is_down_every_caller_gets_503(unused_tcp_port: int) -> None:
    away = Database(f"postgresql+asyncpg://nobody:x@127.0.0.1:{unused_tcp_port}/x")
    groups = transfers(away, Work())
    commands = [Post(f"p{n}", 1, 2, 1, "RUB") for n in range(3)]
    answers = await asyncio.gather(*(groups.ask(command) for command in commands), return_exceptions=True)
    assert all(isinstance(answer, OUTAGES) for answer in answers)
    await away.close()


@asynccontextmanager
async def lossy(database: Database) -> AsyncIterator[Database]:
    """The same database behind a proxy that lets the first COMMIT through and hangs up instead of answering."""
    url = make_url(database.engine.url)
    lost: list[bool] = []

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up, down = await asyncio.open_connection(url.host, url.port)

        async def answers() -> None:
            while data := await up.read(65536):
                if lost == [True]:
                    lost[0] = False
                    break
                writer.write(data)
            writer.close()

        answering = asyncio.create_task(answers())
        while data := await reader.read(65536):
            if b"COMMIT;" in data and not lost:
                lost.append(True)
            down.write(data)
        down.close()
        await answering

    proxy = await asyncio.start_server(forward, "127.0.0.1")
    port = proxy.sockets[0].getsockname()[1]
    behind = Database(url.set(host="127.0.0.1", port=port).render_as_string(hide_password=False), pool_size=1)
    try:
        yield behind
        assert lost == [False], "an answer to a COMMIT was lost"
    finally:
        await behind.close()
        proxy.close()
