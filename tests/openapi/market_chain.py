"""Real requests about money that leaves our addresses on the chain."""

from __future__ import annotations

from itertools import count

from tests.fixtures.sweeps import every_sweep
from tests.openapi.exploring import Real
from tests.openapi.market_recipes import recipe
from tests.openapi.market_stand import Stand

_FIRST = count(100_000, step=10)


@recipe("GET /sweeps/{sweep_id}")
async def read_a_sweep(stand: Stand) -> Real:
    return Real(path={"sweep_id": str(await every_sweep(stand.shop.api.database, next(_FIRST)))})
