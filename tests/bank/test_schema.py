"""The migrations make the tables that the models describe; the OpenAPI document describes the answers that come."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

import bank.service
import bank.service.migrations
import ledger
from bank.service.migrations import newest_revision
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
    assert context == newest_revision()


BEFORE_SUBJECTS = """
INSERT INTO clients (name, email) VALUES ('A', 'a@example.test');
INSERT INTO banks VALUES (1, 'B', 'r', 'RUB', '001aaaaaaaaaa', '001bbbbbbbbbb');
INSERT INTO accounts (number, bank_id, client_id, kind, currency, ledger_id) VALUES
    ('001aaaaaaaaaa', 1, NULL, 'commission', 'RUB', 1), ('001bbbbbbbbbb', 1, NULL, 'guarantee', 'RUB', 2),
    ('001cccccccccc', 1, 1, 'client', 'RUB', 3);
INSERT INTO operations
    (key, caller, kind, status, amount_minor, fee_minor, currency, payer_account, payee_account, reference, held_at)
    VALUES ('op-1', 'shop', 'debit', 'pause', 1, 0, 'RUB', '001cccccccccc', '001aaaaaaaaaa', 'deal/1', now());
INSERT INTO codes (operation_key, number, digest, tries, created_at, expires_at, killed_at)
    VALUES ('op-1', 1, decode(repeat('00', 32), 'hex'), 1, now(), now() + interval '10 minutes', now());
INSERT INTO codes (operation_key, number, digest, tries, created_at, expires_at, used_at, judged_at)
    VALUES ('op-1', 2, decode(repeat('00', 32), 'hex'), 2, now(), now() + interval '10 minutes', now(), now());
INSERT INTO code_tries (code_id, number, caller, key)
    VALUES (1, 1, 'shop', 'a'), (2, 1, 'shop', 'b'), (2, 2, 'shop', 'c');
INSERT INTO code_mails (code_id, delivered_at) VALUES (2, now());
INSERT INTO code_mails (code_id, sealed) VALUES (1, 'x')
"""


async def test_codes_from_before_subjects_and_channels_keep_what_they_were(databases: Databases) -> None:
    async with databases.fresh("bank_without_tables", ledger.migrate) as stored:
        owner = Database(stored.owner_url, pool_size=1)
        async with owner.engine.begin() as connection:
            before = str(ScriptDirectory.from_config(config()).get_revision("0003").down_revision)
            await connection.run_sync(lambda c: upgrade(c, before))
            for statement in BEFORE_SUBJECTS.split(";\n"):
                await connection.execute(text(statement))
        bank.service.migrate(stored.owner_url, "holdfast_app")
        async with owner.transaction() as session:
            codes = (await session.execute(text("SELECT subject, number, used_try FROM codes ORDER BY id"))).all()
            messages = (
                await session.execute(text("SELECT channel, message_id FROM code_messages ORDER BY code_id"))
            ).all()
        await owner.close()
    assert [tuple(row) for row in codes] == [("op-1", 1, None), ("op-1", 2, 2)]
    assert [row.channel for row in messages] == [None, "email"]
    assert len({row.message_id for row in messages}) == 2


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


def config() -> Config:
    found = Config()
    found.set_main_option("script_location", str(Path(bank.service.migrations.__file__).parent))
    return found


def upgrade(connection: Connection, revision: str) -> None:
    chosen = config()
    chosen.attributes["connection"] = connection
    command.upgrade(chosen, revision)


def _differences(connection: Connection) -> list[Any]:
    def ours(name: str | None, kind: str, parents: object) -> bool:
        return kind != "table" or name != "alembic_version"

    # Checks, indexes and uniqueness live in the migration alone: tests of the audit see that they hold.
    options = {"compare_type": True, "compare_server_default": False, "include_name": ours}
    context = MigrationContext.configure(connection, opts=options)
    kinds = ("add_table", "remove_table", "add_column", "remove_column", "modify_type", "modify_nullable")
    found: list[Any] = []
    for difference in compare_metadata(context, Base.metadata):
        changes = difference if isinstance(difference, list) else [difference]
        found += [change for change in changes if change[0] in kinds]
    return found
