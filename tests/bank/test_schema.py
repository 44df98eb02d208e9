"""The migrations make the tables that the models describe; the OpenAPI document describes the answers that come."""

from __future__ import annotations

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

import bank.service
from bank.service.migrate import SCHEMA
from bank.service.models import Base
from edge.database import Database
from tests.fixtures.bank import RunningBank
from tests.fixtures.databases import Databases


async def test_models_and_migrations_agree(databases: Databases) -> None:
    async with databases.fresh("bank", bank.service.migrate) as stored:
        owner = Database(stored.owner_url, pool_size=1)
        async with owner.engine.connect() as connection:
            differences = await connection.run_sync(_differences)
        await owner.close()
    assert differences == []


async def test_migrating_again_changes_nothing(databases: Databases) -> None:
    async with databases.fresh("bank", bank.service.migrate) as stored:
        bank.service.migrate(stored.owner_url, "holdfast_app")
        owner = Database(stored.owner_url, pool_size=1)
        async with owner.engine.connect() as connection:
            context = await connection.run_sync(lambda c: MigrationContext.configure(c).get_current_revision())
        await owner.close()
    assert context == SCHEMA.newest_revision()


async def test_no_function_of_the_database_knows_of_faults(databases: Databases) -> None:
    async with databases.fresh("bank", bank.service.migrate) as stored:
        owner = Database(stored.owner_url, pool_size=1)
        async with owner.transaction() as session:
            statement = "SELECT proname FROM pg_proc WHERE prosrc ~ '(behaviours|lose_replies|withheld|false_answers)'"
            found = list(await session.scalars(text(statement)))
        await owner.close()
    assert found == []


async def test_every_operation_declares_its_refusals_as_problems(bank: RunningBank) -> None:
    document = (await bank.shop.get(f"{bank.url}/openapi.json")).json()
    assert "Problem" in document["components"]["schemas"]
    assert "HTTPValidationError" not in str(document["paths"])
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            declared = set(operation["responses"])
            if path in ("/health", "/ready"):
                continue
            assert {"401", "503"} <= declared, path
            if operation.get("parameters") or "requestBody" in operation:
                assert "422" in declared, path
            if method == "post" and path != "/api/v1/funds-checks":
                names = {parameter["name"] for parameter in operation["parameters"]}
                assert "Idempotency-Key" in names, path
                assert "409" in declared, path


async def test_a_post_without_an_idempotency_key_is_refused(bank: RunningBank) -> None:
    answer = await bank.admin.post("/clients", json={"name": "X", "email": "x@example.test"})
    assert answer.status_code == 422
    assert (answer.json()["code"], answer.json()["field"]) == ("missing_field", "Idempotency-Key")


def _differences(connection: Connection) -> list[Any]:
    def ours(name: str | None, kind: str, parents: object) -> bool:
        return kind != "table" or name not in ("alembic_version", "schema_in_force")

    # Checks, indexes and uniqueness live in the migration alone: tests of the audit see that they hold.
    options = {"compare_type": True, "compare_server_default": False, "include_name": ours}
    context = MigrationContext.configure(connection, opts=options)
    kinds = ("add_table", "remove_table", "add_column", "remove_column", "modify_type", "modify_nullable")
    found: list[Any] = []
    for difference in compare_metadata(context, Base.metadata):
        changes = difference if isinstance(difference, list) else [difference]
        found += [change for change in changes if change[0] in kinds]
    return found
