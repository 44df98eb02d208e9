"""pgbench has a rate to tell, however slow the machine is."""

from __future__ import annotations

from typing import Final

import store
from bench.pgbench import rate_of
from tests.fixtures.databases import Databases, FreshDatabase

_SLOW_TO_CONNECT: Final = (
    "CREATE FUNCTION slow() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(1.5); END'",
    "CREATE EVENT TRIGGER slow ON login EXECUTE FUNCTION slow()",
)


async def test_a_time_that_is_over_before_pgbench_has_connected_has_a_rate_too(
    fresh_database: FreshDatabase, databases: Databases
) -> None:
    stored = await fresh_database("market", store.migrate)
    async with databases.server.connect(stored.name) as connection:
        for statement in _SLOW_TO_CONNECT:
            await connection.exec_driver_sql(statement)
        await connection.commit()
    assert await rate_of(databases.server, stored.name, "SELECT 1;\n", 1, seconds=1) > 0
