"""`holdfast operator arbiter`: who decides disputes."""

from __future__ import annotations

from uuid import UUID

import store
from tests.fixtures.commands import holdfast, market
from tests.fixtures.databases import FreshDatabase


async def test_an_operator_becomes_an_arbiter_and_ceases_to_be_one(
    fresh_database: FreshDatabase,
) -> None:
    migrated = await fresh_database("market", store.migrate)
    made = await holdfast("operator", "create", "Olga", **market(migrated))
    olga = made.err.split()[1].rstrip(",")
    wrong = await holdfast("operator", "arbiter", olga, "--email", "olga", **market(migrated))
    given = await holdfast("operator", "arbiter", olga, "--email", "olga@example.test", **market(migrated))
    ended = await holdfast("operator", "arbiter", olga, "--end", **market(migrated))
    nobody = await holdfast("operator", "arbiter", str(UUID(int=0)), **market(migrated))
    assert (wrong.status, wrong.err) == (2, "holdfast: This is not an e-mail address.")
    assert given.err == f"operator {olga}, Olga: decides disputes; news of disputes goes to olga@example.test"
    assert ended.err == f"operator {olga}, Olga: decides no disputes"
    assert nobody.status == 1 and "There is nobody with the id" in nobody.err
