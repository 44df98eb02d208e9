"""Many clients at once on the same few accounts, keys and holds."""

from __future__ import annotations

import asyncio
import random
from collections import Counter

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from edge.database import constraint_of
from ledger import Balance, Capture, Command, Hold, Outcome, Post, Posted, Void
from tests.ledger.books import Books, verdicts

CLIENTS = 8
ACCOUNTS = 8


class Client:
    """Moves money between random hot accounts and keeps its own record of what was acknowledged."""

    def __init__(self, name: str, books: Books, accounts: list[int]) -> None:
        self.name = name
        self.books = books
        self.accounts = accounts
        self.random = random.Random(name)
        self.moved: Counter[int] = Counter()
        self.open_holds: dict[str, Hold] = {}
        self.sequence = 0

    async def work(self, calls: int) -> None:
        for _ in range(calls):
            commands = [self._command() for _ in range(self.random.randint(1, 4))]
            # Without Database.run: a deadlock would not be repeated, it would fail the test.
            async with self.books.app.transaction() as session:
                linked = self.random.random() < 0.2
                outcomes = await ledger.post(await session.connection(), commands, linked=linked)
            for command, outcome in zip(commands, outcomes, strict=True):
                if isinstance(outcome, Posted):
                    self._record(command)

    def _command(self) -> Command:
        self.sequence += 1
        key = f"{self.name}/{self.sequence}"
        if self.open_holds and self.random.random() < 0.4:
            hold_key = self.random.choice(list(self.open_holds))
            amount = self.random.choice([None, 1])
            ends: list[Command] = [Capture(key, hold_key, amount), Void(key, hold_key)]
            return self.random.choice(ends)
        debit, credit = self.random.sample(self.accounts, 2)
        kinds: list[type[Post | Hold]] = [Post, Hold]
        return self.random.choice(kinds)(key, debit, credit, self.random.randint(1, 400), "RUB")

    def _record(self, command: Command) -> None:
        if isinstance(command, Post):
            self._move(command, command.amount_minor)
        elif isinstance(command, Hold):
            self.open_holds[command.key] = command
        else:
            hold = self.open_holds.pop(command.hold_key)
            if isinstance(command, Capture):
                self._move(hold, hold.amount_minor if command.amount_minor is None else command.amount_minor)

    def _move(self, legs: Post | Hold, amount_minor: int) -> None:
        self.moved[legs.debit] -= amount_minor
        self.moved[legs.credit] += amount_minor


@pytest.mark.source("wallet:6-9")
async def test_eight_clients_on_eight_hot_accounts_leave_every_total_exact(books: Books) -> None:
    accounts = [await books.open(floor=0, funds=1_000) for _ in range(ACCOUNTS)]
    clients = [Client(f"client{n}", books, accounts) for n in range(CLIENTS)]
    working = asyncio.gather(*(client.work(40) for client in clients))
    reads = 0
    while not working.done():
        [(total, reserved)] = await books.rows(
            "SELECT sum(balance_minor)::bigint, sum(held_minor - incoming_minor)::bigint FROM ledger.accounts"
        )
        assert (total, reserved) == (0, 0)
        assert (await books.audit()).violations == ()
        reads += 1
    await working
    assert reads >= 3, "the books were read while they were written"

    holds = [hold for client in clients for hold in client.open_holds.values()]
    for account in accounts:
        assert await books.balance(account) == Balance(
            1_000 + sum(client.moved[account] for client in clients),
            sum(hold.amount_minor for hold in holds if hold.debit == account),
            sum(hold.amount_minor for hold in holds if hold.credit == account),
        )
    assert (await books.audit()).violations == ()
    found = await books.rows("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    assert found == [(0,)]


@pytest.mark.source("wallet:18-22")
async def test_opposite_directions_in_opposite_orders_do_not_deadlock(books: Books) -> None:
    one, other = await books.open(), await books.open()

    async def client(number: int) -> None:
        pairs = [(one, other), (other, one)][:: 1 if number % 2 else -1]
        for turn in range(25):
            async with books.app.transaction() as session:
                commands = [Post(f"{number}/{turn}/{a}", a, b, 1, "RUB") for a, b in pairs]
                assert verdicts(await ledger.post(await session.connection(), commands)) == ["posted", "posted"]

    await asyncio.gather(*(client(number) for number in range(CLIENTS)))
    assert await books.balance(one) == Balance(0, 0, 0)


async def test_eight_clients_with_one_key_make_one_transfer(books: Books) -> None:
    payer, payee = await books.open(floor=0, funds=100), await books.open(floor=0)
    answers = await asyncio.gather(*(books.post(Post("p", payer, payee, 60, "RUB")) for _ in range(CLIENTS)))
    assert Counter(verdicts([answer for [answer] in answers])) == {"posted": 1, "posted again": CLIENTS - 1}
    assert len({answer.transfer_id for [answer] in answers if isinstance(answer, Posted)}) == 1
    assert await books.balance(payer) == Balance(40, 0, 0)


async def test_one_key_for_different_accounts_is_carried_out_for_one_of_them(books: Books) -> None:
    pairs = [(await books.open(), await books.open()) for _ in range(CLIENTS)]
    answers = await asyncio.gather(*(books.post(Post("p", a, b, 60, "RUB")) for a, b in pairs))
    assert Counter(verdicts([answer for [answer] in answers])) == {"posted": 1, "key_conflict": CLIENTS - 1}
    assert await books.rows("SELECT count(*) FROM ledger.transfers") == [(1,)]


async def test_the_loser_of_a_race_for_a_key_meets_the_unique_constraint(books: Books) -> None:
    pairs = [(await books.open(), await books.open()) for _ in range(2)]

    async def use_key(session: AsyncSession, pair: tuple[int, int]) -> list[Outcome]:
        return await ledger.post(await session.connection(), [Post("p", *pair, 60, "RUB")])

    async with books.app.transaction() as winner:
        await use_key(winner, pairs[0])
        loser = books.app.transaction()
        session = await loser.__aenter__()
        losing = asyncio.create_task(use_key(session, pairs[1]))
        await _until_somebody_waits(books)
    with pytest.raises(IntegrityError) as raised:
        await losing
    assert constraint_of(raised.value) == ledger.KEY_RACE
    await session.rollback()
    await loser.__aexit__(None, None, None)


async def test_a_hold_raced_for_by_captures_and_voids_ends_once(books: Books) -> None:
    for turn in range(5):
        payer, payee = await books.open(floor=0, funds=100), await books.open(floor=0)
        await books.post(Hold(f"h{turn}", payer, payee, 60, "RUB"))
        ends: list[Command] = [Capture(f"c{turn}/{n}", f"h{turn}", 50) for n in range(CLIENTS // 2)]
        ends += [Void(f"v{turn}/{n}", f"h{turn}") for n in range(CLIENTS // 2)]
        answers = [answer for [answer] in await asyncio.gather(*(books.post(end) for end in ends))]
        assert Counter(verdicts(answers)) == {"posted": 1, "hold_ended": CLIENTS - 1}
        [winner] = [answer.key for answer in answers if isinstance(answer, Posted)]
        captured = 50 if winner.startswith("c") else 0
        assert await books.balance(payer) == Balance(100 - captured, 0, 0)
        assert await books.balance(payee) == Balance(captured, 0, 0)


async def test_a_guarded_account_is_never_overdrawn_by_a_race(books: Books) -> None:
    payer, payee = await books.open(floor=0, funds=100), await books.open(floor=0)
    commands: list[Command] = [Post(f"p{n}", payer, payee, 30, "RUB") for n in range(CLIENTS // 2)]
    commands += [Hold(f"h{n}", payer, payee, 30, "RUB") for n in range(CLIENTS // 2)]
    answers = await asyncio.gather(*(books.post(command) for command in commands))
    assert Counter(verdicts([answer for [answer] in answers])) == {"posted": 3, "insufficient_funds": CLIENTS - 3}
    assert (await books.balance(payer)).available_minor == 10


async def test_what_was_decided_while_we_waited_for_a_lock_is_seen(books: Books) -> None:
    payer, payee = await books.open(floor=0, funds=100), await books.open(floor=0)
    await books.post(Hold("h", payer, payee, 60, "RUB"))
    async with books.app.transaction() as session:
        connection = await session.connection()
        await ledger.post(connection, [Capture("c", "h"), Post("p", payer, payee, 40, "RUB")])
        waiting = asyncio.create_task(books.post(Void("v", "h"), Post("p", payer, payee, 40, "RUB"), Capture("c", "h")))
        await _until_somebody_waits(books)
    assert verdicts(await waiting) == ["hold_ended", "posted again", "posted again"]


async def test_a_rolled_back_call_leaves_nothing_and_its_key_is_free(books: Books) -> None:
    payer, payee = await books.open(floor=0, funds=100), await books.open(floor=0)
    command = Post("p", payer, payee, 60, "RUB")
    async with books.app.transaction() as session:
        assert verdicts(await ledger.post(await session.connection(), [command])) == ["posted"]
        await session.rollback()
    assert await books.balance(payer) == Balance(100, 0, 0)
    assert verdicts(await books.post(command)) == ["posted"]


async def _until_somebody_waits(books: Books) -> None:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    for _ in range(2_000):
        if await books.rows(waiting) != [(0,)]:
            return
        await asyncio.sleep(0.005)
    raise AssertionError("nobody waits for a lock")
