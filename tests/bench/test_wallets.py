"""The benchmark of wallets measures transfers that are really in the books, and shows them in a table and a plot."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from sqlalchemy import text

import store
from bench.options import Options
from bench.wallet_figures import PLOT, TABLE, Figures, Measured, lines, write
from bench.wallet_ledger import must_be_exact
from bench.wallet_rest import SteadyLoad, rest_api
from bench.wallets import prepared
from tests.fixtures.databases import Databases, FreshDatabase


async def test_what_is_timed_is_in_the_books_and_what_is_plain_moves_as_much(
    fresh_database: FreshDatabase, databases: Databases, tmp_path: Path
) -> None:
    stored = await fresh_database("market", store.migrate)
    async with prepared(few=20, many=50, callers=40) as bench:
        await bench.round(0)  # as on a machine so busy that the time is up before the first caller begins
        for ledgers in (bench.few, bench.many):
            assert ledgers.acknowledged > 0
            await must_be_exact(ledgers.database, ledgers.acknowledged)
        async with bench.postgres.connect("few") as connection:
            moved = await connection.scalar(text("SELECT count(*) FROM plain.transfers"))
            total = await connection.scalar(text("SELECT sum(balance) FROM plain.accounts"))
        assert moved and total == 20 * 1_000_000_000
        async with rest_api(databases.server, stored.name, wallets=4, programs=1) as api:
            load = SteadyLoad(api)
            await load.connect()
            bench.figures.latencies_s = await load.latencies(20, 1, hot=True)
            load.close()
            async with databases.server.connect(stored.name) as connection:
                made = await connection.scalar(
                    text("SELECT count(*) FROM ledger.transfers WHERE key LIKE 'transfer/%'")
                )
        assert made == len(bench.figures.latencies_s) == 20
        bench.figures.groups = bench.few.groups
    assert max(bench.few.groups) > 1, "transfers were grouped"

    write(Options(rounds=1, folder=str(tmp_path)), {"fsync": "on"}, bench.figures)
    table = (tmp_path / TABLE).read_text()
    assert all(kind in table for kind in bench.figures.kinds)
    drawn = (tmp_path / PLOT).read_text()
    assert ElementTree.fromstring(drawn).tag.endswith("svg")
    assert "<script" not in drawn


def test_a_round_that_was_over_before_the_clock_saw_it_has_no_ratio_of_processor_time() -> None:
    kinds = (
        "pgbench, 32 clients, 1,000 wallets",
        "ledger in groups, 1,000 wallets",
        "ledger in groups, two programs",
        "ledger in groups, one hot wallet",
        "ledger in groups, many wallets",
    )
    figures = Figures({kind: [Measured(100.0, 0.0, 0.0)] for kind in kinds}, groups=[2], latencies_s=[0.1])
    table = list(lines(Options(rounds=1), {}, figures))
    assert "| one program by processor time per transfer | nan |" in table
    assert "| ledger to pgbench, 1,000 wallets | 1.00 (1.00 to 1.00) |" in table
