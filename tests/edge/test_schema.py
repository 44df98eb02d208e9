"""A database has in force exactly what is in the files."""

from __future__ import annotations

import asyncio
import re
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]  # asyncpg ships no type information
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

import bank.service
import ledger
import signer.service
import store
from bank.service.migrate import SCHEMA as BANK
from devstack.postgres import APP, PostgresServer
from edge.schema import OtherSchema, Schema
from ledger.migrate import SCHEMA as LEDGER
from signer.service.migrate import SCHEMA as SIGNER
from store.migrate import SCHEMA as MARKET
from tests.fixtures.catalogue import by_owner, catalogue, rows, scripts
from tests.fixtures.databases import FreshDatabase, Migrate

# A template of the tests, what migrates it, and the schemas that are then in it.
MIGRATED = [
    pytest.param("ledger", ledger.migrate, (LEDGER,), id="ledger"),
    pytest.param("bank", bank.service.migrate, (LEDGER, BANK), id="bank"),
    pytest.param("signer", signer.service.migrate, (SIGNER,), id="signer"),
    pytest.param("market", store.migrate, (LEDGER, MARKET), id="market"),
]
every_database = pytest.mark.parametrize(("name", "migrate", "schemas"), MIGRATED)
# The signer's has tables alone.
with_functions = pytest.mark.parametrize(
    ("name", "migrate", "schemas"), [one for one in MIGRATED if one.id != "signer"]
)

_FUNCTIONS = """
SELECT p.proname, p.prosrc FROM pg_proc p
WHERE p.pronamespace = '{0.namespace}'::regnamespace AND p.proowner = current_user::regrole
"""
# Of a schema are the triggers that call its functions, also those on tables of another.
_TRIGGERS = """
SELECT t.tgname, t.tgrelid::regclass::text FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
WHERE p.pronamespace = '{0.namespace}'::regnamespace AND NOT t.tgisinternal
"""
_DROP_ALL = """
DO $$
DECLARE name text;
BEGIN
    FOR name IN SELECT p.oid::regprocedure::text FROM pg_proc p
                WHERE p.pronamespace = '{0.namespace}'::regnamespace AND p.proowner = current_user::regrole LOOP
        EXECUTE 'DROP ROUTINE ' || name || ' CASCADE';
    END LOOP;
END $$
"""
# Who wrote the rows of the catalogue: any change of what is in force is another transaction.
_WRITTEN_BY = """
SELECT f.applied_at::text, (SELECT array_agg(p.xmin::text ORDER BY p.oid) FROM pg_proc p
                            WHERE p.pronamespace = '{0.namespace}'::regnamespace),
       (SELECT array_agg(t.xmin::text ORDER BY t.oid) FROM pg_trigger t WHERE NOT t.tgisinternal)
FROM {0.namespace}.schema_in_force f WHERE f.name = '{0.name}'
"""
_TABLES = """
SELECT c.oid::regclass::text FROM pg_class c
WHERE c.relnamespace = '{0.namespace}'::regnamespace AND c.relkind = 'r'
"""


@with_functions
async def test_a_database_whose_functions_were_all_dropped_is_as_new_once_the_files_are_applied_again(
    postgres: PostgresServer, fresh_database: FreshDatabase, name: str, migrate: Migrate, schemas: tuple[Schema, ...]
) -> None:
    database = await fresh_database(name, migrate)
    new = await catalogue(postgres, database.name)
    for schema in schemas:
        forget = f"DELETE FROM {schema.namespace}.schema_in_force"
        await by_owner(database.owner_url, _DROP_ALL.format(schema), forget)
        assert await rows(database.owner_url, _FUNCTIONS.format(schema)) == []
        assert await rows(database.owner_url, _TRIGGERS.format(schema)) == []
    assert await catalogue(postgres, database.name) != new
    await asyncio.to_thread(migrate, database.owner_url, APP)
    assert await catalogue(postgres, database.name) == new


@with_functions
async def test_every_function_and_trigger_in_force_is_in_one_file(
    fresh_database: FreshDatabase, name: str, migrate: Migrate, schemas: tuple[Schema, ...]
) -> None:
    database = await fresh_database(name, migrate)
    for schema in schemas:
        texts = [*scripts(schema.folder).values(), schema.rendered()]
        bodies = await rows(database.owner_url, _FUNCTIONS.format(schema))
        triggers = await rows(database.owner_url, _TRIGGERS.format(schema))
        assert bodies and triggers
        for function, body in bodies:
            assert [str(body) in text for text in texts].count(True) == 1, function
        for trigger, _ in triggers:
            made = re.compile(rf"^CREATE (OR REPLACE |CONSTRAINT )TRIGGER {trigger} ", re.MULTILINE)
            assert sum(len(made.findall(text)) for text in texts) == 1, trigger
        # Nor does a file make one twice, of which only the last would be in force.
        made_at_all = re.findall(r"^CREATE .*(?:FUNCTION|TRIGGER) ", "".join(texts), re.MULTILINE)
        assert len(made_at_all) == len(bodies) + len(triggers)


@every_database
async def test_migrating_again_changes_nothing_and_waits_for_no_writer(
    fresh_database: FreshDatabase, name: str, migrate: Migrate, schemas: tuple[Schema, ...]
) -> None:
    database = await fresh_database(name, migrate)
    before = [await rows(database.owner_url, _WRITTEN_BY.format(schema)) for schema in schemas]
    tables = [table for schema in schemas for (table,) in await rows(database.owner_url, _TABLES.format(schema))]

    # A trigger that is replaced waits for every transaction that has written to its table.
    writing = create_async_engine(database.owner_url, poolclass=NullPool)
    async with writing.begin() as connection:
        await connection.execute(text(f"LOCK TABLE {', '.join(map(str, tables))} IN ROW EXCLUSIVE MODE"))
        await asyncio.to_thread(migrate, database.owner_url, APP)
    await writing.dispose()
    assert [await rows(database.owner_url, _WRITTEN_BY.format(schema)) for schema in schemas] == before
    assert all(len(found) == 1 for found in before)


async def test_a_changed_file_is_put_in_force_by_the_next_migration_of_a_database_with_rows(
    fresh_database: FreshDatabase, tmp_path: Path
) -> None:
    database = await fresh_database("ledger", ledger.migrate)
    await by_owner(database.owner_url, "INSERT INTO ledger.accounts (code, currency) VALUES ('kept', 'RUB')")
    schema = _copied(LEDGER, tmp_path)
    script = schema.folder / "sql" / "protection.sql"
    script.write_text(script.read_text().replace("refuses %", "now refuses %"))
    assert not await _is_current(schema, database.owner_url)
    await asyncio.to_thread(schema.migrate, database.owner_url, APP, ())
    assert await _is_current(schema, database.owner_url)
    with pytest.raises(DBAPIError, match="now refuses DELETE"):
        await by_owner(database.owner_url, "DELETE FROM ledger.accounts")
    assert await rows(database.owner_url, "SELECT code FROM ledger.accounts") == [("kept",)]


async def test_sql_that_the_program_renders_is_put_in_force_whenever_it_changed(fresh_database: FreshDatabase) -> None:
    database = await fresh_database("ledger", ledger.migrate)
    for answer in ("first", "second"):
        made = f"CREATE OR REPLACE FUNCTION ledger.rendered() RETURNS text LANGUAGE sql AS $$ SELECT '{answer}' $$"
        schema = replace(LEDGER, rendered=partial(str, made))
        assert not await _is_current(schema, database.owner_url)
        await asyncio.to_thread(schema.migrate, database.owner_url, APP, ())
        assert await _is_current(schema, database.owner_url)
        assert await rows(database.owner_url, "SELECT ledger.rendered()") == [(answer,)]


async def test_what_no_file_makes_any_more_is_dropped_and_what_others_made_stays(
    fresh_database: FreshDatabase, tmp_path: Path
) -> None:
    database = await fresh_database("ledger", ledger.migrate)
    function = "CREATE FUNCTION {}.watch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$"
    await by_owner(
        database.owner_url,
        "CREATE SCHEMA watchers",
        function.format("watchers"),
        "CREATE TRIGGER watched AFTER INSERT ON ledger.accounts FOR EACH ROW EXECUTE FUNCTION watchers.watch()",
    )
    await by_owner(database.superuser_url, function.format("ledger"))
    schema = _copied(LEDGER, tmp_path)
    (schema.folder / "sql" / "protection.sql").unlink()
    await asyncio.to_thread(schema.migrate, database.owner_url, APP, ())
    everybodys = "SELECT proname FROM pg_proc WHERE pronamespace = 'ledger'::regnamespace"
    functions = {row[0] for row in await rows(database.owner_url, everybodys)}
    on_its_tables = (
        "SELECT t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
        " WHERE c.relnamespace = 'ledger'::regnamespace AND NOT t.tgisinternal"
    )
    triggers = {row[0] for row in await rows(database.owner_url, on_its_tables)}
    assert {"carry_out", "watch"} < functions and "refuse_change" not in functions
    assert {"entries_applied", "watched"} < triggers and "entries_append_only" not in triggers


async def test_a_file_that_cannot_be_applied_leaves_everything_as_it_was(
    postgres: PostgresServer, fresh_database: FreshDatabase, tmp_path: Path
) -> None:
    database = await fresh_database("ledger", ledger.migrate)
    before = await catalogue(postgres, database.name)
    schema = _copied(LEDGER, tmp_path)
    (schema.folder / "sql" / "protection.sql").unlink()
    (schema.folder / "sql" / "wrong.sql").write_text("CREATE FUNCTION ledger.wrong() RETURNS nothing;")
    with pytest.raises(asyncpg.PostgresError) as caught:
        await asyncio.to_thread(schema.migrate, database.owner_url, APP, ())
    assert "wrong.sql" in "".join(caught.value.__notes__)
    assert await catalogue(postgres, database.name) == before


@every_database
async def test_a_database_of_another_version_is_left_alone_and_the_way_out_is_said(
    postgres: PostgresServer, fresh_database: FreshDatabase, name: str, migrate: Migrate, schemas: tuple[Schema, ...]
) -> None:
    for schema in schemas:
        database = await fresh_database(name, migrate)
        revision = f"UPDATE {schema.namespace}.alembic_version SET version_num = '0999'"
        for statement, whose in (
            (revision, "a later version"),
            (f"DROP TABLE {schema.namespace}.schema_in_force", "an earlier version"),
        ):
            await by_owner(database.owner_url, statement)
            before = await catalogue(postgres, database.name)
            with pytest.raises(OtherSchema, match=f"{schema.name}.*0999.*{whose}.*--fresh"):
                await asyncio.to_thread(migrate, database.owner_url, APP)
            assert await catalogue(postgres, database.name) == before
            assert not await _is_current(schema, database.url)


def _copied(schema: Schema, folder: Path) -> Schema:
    for part in ("sql", "migrations"):
        shutil.copytree(schema.folder / part, folder / part)
    return Schema(schema.name, schema.namespace, folder)


async def _is_current(schema: Schema, url: str) -> bool:
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.connect() as connection:
        current = await schema.is_current(connection)
    await engine.dispose()
    return current
