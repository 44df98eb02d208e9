"""PostgreSQL is killed repeatedly under transfers in groups: every acknowledged transfer exists, and once.

python -m tests.ledger.killing --kills 100 --every-s 3 --seed 7
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import ledger
from devstack.postgres import APP, OWNER, PostgresServer
from edge.database import OUTAGES, Database
from edge.grouping import Groups
from edge.plain import Plain
from ledger import Command, Outcome, Post, Posted

CLIENTS = 8
WALLETS = 8
FUNDS_MINOR = 1_000
TRANSFERS_BETWEEN_KILLS = 150
AGAIN_S = 0.05

Transfers = Groups[Command, Outcome]


class World:
    """Eight guarded wallets with money in them, and the answers that the clients got."""

    def __init__(self, database: Database, seed: int) -> None:
        self.seed = seed
        self.database = database
        self.transfers: Transfers = Groups(database, _post, lambda command: command.key)
        self.wallets: list[int] = []
        self.posted: dict[str, Post] = {}
        self.refused: set[str] = set()
        self.unknown = 0
        self.reads = 0

    async def fund(self) -> None:
        async with self.database.transaction() as session:
            connection = await session.connection()
            outside = await ledger.open_account(connection, "outside", "RUB")
            codes = [f"wallet/{number}" for number in range(WALLETS)]
            self.wallets = await ledger.open_accounts(connection, codes, "RUB", floor_minor=0)
            funds = [Post(f"funds/{wallet}", outside, wallet, FUNDS_MINOR, "RUB") for wallet in self.wallets]
            await ledger.post(connection, funds)

    async def client(self, name: int, stop: asyncio.Event) -> None:
        """Random transfers; one that was not answered is asked for again under its key, until it is."""
        chance = random.Random(f"{self.seed}/{name}")
        number = 0
        while not stop.is_set():
            number += 1
            payer, payee = chance.sample(self.wallets, 2)
            command = Post(f"{name}/{number}", payer, payee, chance.randint(1, 400), "RUB")
            if isinstance(await self._answer(command), Posted):
                self.posted[command.key] = command
            else:
                self.refused.add(command.key)

    async def _answer(self, command: Post) -> Outcome:
        while True:
            try:
                return await self.transfers.ask(command)
            except OUTAGES:
                self.unknown += 1
                await asyncio.sleep(AGAIN_S)

    async def reader(self, stop: asyncio.Event) -> None:
        """Every full read is exact, whenever it happens."""
        sums = "SELECT sum(balance_minor)::bigint FROM ledger.accounts WHERE code LIKE 'wallet/%'"
        while not stop.is_set():
            try:
                async with self.database.transaction() as session:
                    found = await (await session.connection()).exec_driver_sql(sums)
                    assert found.scalar_one() == WALLETS * FUNDS_MINOR
            except OUTAGES:
                await asyncio.sleep(AGAIN_S)
                continue
            self.reads += 1

    @property
    def answers(self) -> int:
        return len(self.posted) + len(self.refused)

    async def until(self, answers: int) -> None:
        while self.answers < answers:
            await asyncio.sleep(0.01)


async def _post(connection: Plain, commands: Sequence[Command]) -> list[Outcome]:
    return await ledger.post(connection, commands)


async def kill_again_and_again(folder: Path, *, kills: int, every_s: float, seed: int) -> World:
    """Kills the server repeatedly, at least `every_s` seconds apart. Raises AssertionError when money is wrong."""
    server = PostgresServer(folder)
    await server.start()
    try:
        await server.create_database("wallets")
        await asyncio.to_thread(ledger.migrate, server.url("wallets", OWNER), APP)
        world = World(Database(server.url("wallets"), pool_size=4), seed)
        await world.fund()
        stop = asyncio.Event()
        working = asyncio.gather(world.reader(stop), *(world.client(name, stop) for name in range(CLIENTS)))
        for _ in range(kills):
            await asyncio.sleep(every_s)
            await world.until(world.answers + TRANSFERS_BETWEEN_KILLS)
            assert server.pid is not None
            os.kill(server.pid, signal.SIGKILL)
            await server.stop()
            await server.start()
        await world.until(world.answers + TRANSFERS_BETWEEN_KILLS)
        stop.set()
        await working
        await _must_be_exact(world, kills)
        await world.database.close()
        return world
    finally:
        await server.stop()


async def _must_be_exact(world: World, kills: int) -> None:
    assert world.unknown > 0, "nobody noticed the kills"
    assert world.reads > kills
    async with world.database.transaction() as session:
        connection = await session.connection()
        transfers = "SELECT key, refusal FROM ledger.transfers WHERE key NOT LIKE 'funds/%'"
        stored = {row.key: row.refusal for row in await connection.exec_driver_sql(transfers)}
        balances = {wallet: await ledger.balance(connection, wallet) for wallet in world.wallets}
        report = await ledger.audit(connection)
    assert {key for key, refusal in stored.items() if refusal is None} == set(world.posted)
    assert {key for key, refusal in stored.items() if refusal == "insufficient_funds"} == world.refused
    moved: Counter[int] = Counter()
    for command in world.posted.values():
        moved[command.debit] -= command.amount_minor
        moved[command.credit] += command.amount_minor
    assert {wallet: FUNDS_MINOR + moved[wallet] for wallet in world.wallets} == {
        wallet: balance.balance_minor for wallet, balance in balances.items()
    }
    assert report.violations == ()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.ledger.killing", description="Kills PostgreSQL.")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--every-s", type=float, default=3.0, help="seconds between two kills, at least")
    parser.add_argument("--seed", type=int, default=1, help="of the transfers that are asked for")
    shown = parser.parse_args()
    with TemporaryDirectory(prefix="holdfast-killing-") as folder:
        os.chmod(folder, 0o755)  # PostgreSQL runs as another user when we are root
        killing = kill_again_and_again(
            Path(folder) / "postgres", kills=shown.kills, every_s=shown.every_s, seed=shown.seed
        )
        world = asyncio.run(killing)
    sys.stdout.write(
        f"seed {shown.seed}: {shown.kills} kills, {len(world.posted)} acknowledged transfers,"
        f" {len(world.refused)} refused, {world.unknown} unanswered and asked again,"
        f" {world.reads} full reads: all exact\n"
    )


if __name__ == "__main__":
    main()
