"""The benchmark of the chain reads blocks that are really there, and what it times is in the books."""

from __future__ import annotations

import store
from bench.chain import BACKLOG, MANY, NONE, Figures, backlog, one_round, ratio
from bench.chain_stand import stand
from tests.fixtures.databases import Databases, FreshDatabase


async def test_what_is_timed_is_read_and_credited_and_costs_the_same_statements_beside_open_top_ups(
    fresh_database: FreshDatabase, databases: Databases
) -> None:
    figures = Figures()
    none, many = [await fresh_database("market", store.migrate) for _ in range(2)]
    async with stand(40, databases.server, (none.name, many.name)) as all_of_it:
        await one_round(all_of_it, figures, blocks=6, transfers=5)
        await backlog(all_of_it, figures, blocks=60, transfers=3)
    blocks = {name: [one.blocks for one in found] for name, found in figures.kinds.items()}
    assert blocks == {NONE: [26], MANY: [26], BACKLOG: [80]}
    assert figures.kinds[BACKLOG][0].arrivals == 40
    assert ratio(figures.kinds[MANY], figures.kinds[NONE]) > 0
