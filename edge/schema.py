"""Brings a database schema up to date: tables by migrations, everything else from the SQL in force.

    folder/migrations/versions/    tables, constraints, indexes, first rows: each step once, in order (Alembic)
    folder/sql/*.sql               functions and triggers as they are now, each `CREATE OR REPLACE`: run in the order
                                   of their names whenever one of them, or the tables, changed

After these files runs `rendered`, if a schema has it: SQL that the program makes of rules which stand in Python. So
what is in force is in one file only. Our functions and triggers that no file creates any more are dropped.
Tables come first: no constraint, default or index may need one of our functions. PostgreSQL cannot replace a function
whose result type or parameter names change, nor a constraint trigger: the file first drops it IF EXISTS.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

if TYPE_CHECKING:
    from alembic.config import Config

_ENVIRONMENT: Final = Path(__file__).parent / "migrations"
_ROLE: Final = re.compile(r"[a-z_][a-z0-9_]{0,62}", re.ASCII)

# Any fixed number: two programs that start at the same time migrate one after the other.
_ADVISORY_LOCK: Final = 7_305_419_200_143

_ONE_AT_A_TIME = Lock()  # Alembic keeps its environment in module globals

_IN_FORCE: Final = """
CREATE TABLE {namespace}.schema_in_force (
    name       text NOT NULL CONSTRAINT pk_schema_in_force PRIMARY KEY,
    digest     text NOT NULL,              -- of the newest migration and of all SQL in force
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
)
"""

_REVISION: Final = "SELECT version_num FROM {namespace}.alembic_version"
_DIGEST: Final = "SELECT digest FROM {namespace}.schema_in_force WHERE name = '{name}'"
_KEEP_DIGEST: Final = """
INSERT INTO {namespace}.schema_in_force (name, digest) VALUES ('{name}', '{digest}')
ON CONFLICT (name) DO UPDATE SET digest = excluded.digest, applied_at = excluded.applied_at
"""

# Objects created or replaced just now were written by this transaction. Of the others we drop only our own: a trigger
# that calls another owner's function, and a function that belongs to another role or an extension, stay.
_LEFT_OVER: Final = """
WITH functions AS (
    SELECT p.oid, p.xmin FROM pg_proc p
    WHERE p.pronamespace = '{namespace}'::regnamespace AND p.proowner = current_user::regrole
      AND NOT EXISTS (SELECT FROM pg_depend d
                      WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
)
SELECT statement FROM (
    SELECT 1 AS turn, format('DROP TRIGGER %I ON %s', t.tgname, t.tgrelid::regclass) AS statement
    FROM pg_trigger t JOIN functions f ON f.oid = t.tgfoid
    WHERE NOT t.tgisinternal AND t.xmin <> pg_current_xact_id()::xid
    UNION ALL
    SELECT 2, format('DROP ROUTINE %s', f.oid::regprocedure) FROM functions f WHERE f.xmin <> pg_current_xact_id()::xid
) AS drops ORDER BY turn
"""


class OtherSchema(Exception):
    """The database belongs to a Holdfast version that this one cannot upgrade; the message is for an operator."""


@dataclass(frozen=True, slots=True)
class Schema:
    """The schema `namespace` of a database, as `folder` and `rendered` describe it. `name`: `ledger`, `market`."""

    name: str
    namespace: str
    folder: Path
    rendered: Callable[[], str] = str

    def migrate(self, owner_url: str, app_role: str, rights: Sequence[str]) -> None:
        """Brings the schema up to date and gives `app_role` its rights, in one transaction. Blocks until done.

        `owner_url` is `postgresql+asyncpg://…` of the role that owns the schema; each of `rights` is a statement with
        `{role}` in it, run every time. When nothing is new, no table is locked. Also works inside a running event loop.
        Raises ValueError for a role name that is not plain, OtherSchema for a database of another version.
        """
        if not _ROLE.fullmatch(app_role):
            raise ValueError(f"not a plain role name: {app_role!r}")
        statements = [right.format(role=app_role) for right in rights]
        # A separate thread: a thread with a running event loop cannot start another.
        with _ONE_AT_A_TIME, ThreadPoolExecutor(1, thread_name_prefix=f"migrate-{self.name}") as thread:
            thread.submit(asyncio.run, self._migrate(owner_url, statements)).result()

    async def is_current(self, connection: AsyncConnection) -> bool:
        """Whether tables and SQL are those of this program version; False when never migrated."""
        made = await connection.exec_driver_sql(f"SELECT to_regclass('{self.namespace}.schema_in_force') IS NOT NULL")
        if not made.scalar_one():
            return False
        revisions = await connection.exec_driver_sql(self._sql(_REVISION))
        digests = await connection.exec_driver_sql(self._sql(_DIGEST))
        return [*revisions.scalars(), *digests.scalars()] == [self.newest_revision(), self.digest()]

    def newest_revision(self) -> str:
        """The revision of the last migration. File names begin with their revision, in order."""
        return _newest_revision(self.folder)

    def digest(self) -> str:
        """Digest of what is in force: the newest migration, names and contents of the files in `sql/`, `rendered`."""
        return _digest(self.folder, self.rendered)

    def config(self) -> Config:
        """For Alembic's commands; they need `attributes["connection"]`, in a transaction."""
        from alembic.config import Config  # noqa: PLC0415  # a tenth of a second that no running program needs

        config = Config()
        config.set_main_option("script_location", _escaped(_ENVIRONMENT))
        config.set_main_option("version_locations", _escaped(self.folder / "migrations" / "versions"))
        config.set_main_option("path_separator", "newline")
        config.attributes["namespace"] = self.namespace
        return config

    async def _migrate(self, owner_url: str, rights: Sequence[str]) -> None:
        engine = create_async_engine(owner_url, poolclass=NullPool)
        async with engine.begin() as connection:
            await connection.run_sync(self._bring_up_to_date)
            for right in rights:
                await connection.exec_driver_sql(right)

    def _bring_up_to_date(self, connection: Connection) -> None:
        from alembic import command  # noqa: PLC0415  # see above

        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})")
        if not connection.exec_driver_sql(f"SELECT to_regnamespace('{self.namespace}') IS NOT NULL").scalar_one():
            connection.exec_driver_sql(f"CREATE SCHEMA {self.namespace}")
        config = self.config()
        config.attributes["connection"] = connection
        self._refuse_other_versions(connection, config)
        command.upgrade(config, "head")
        self._put_in_force(connection)

    def _refuse_other_versions(self, connection: Connection, config: Config) -> None:
        from alembic.script import ScriptDirectory  # noqa: PLC0415  # see above

        if not _exists(connection, f"{self.namespace}.alembic_version"):
            return
        known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        found = connection.exec_driver_sql(self._sql(_REVISION)).scalars().all()
        if not _exists(connection, f"{self.namespace}.schema_in_force"):
            why = "an earlier version of Holdfast, from before its first release"
        elif not known.issuperset(found):
            why = "a later version of Holdfast, or another one"
        else:
            return
        raise OtherSchema(
            f"the schema of the {self.name} (revision {', '.join(found)}) was made by {why}, and cannot be brought up"
            " to date. Use that version, or an empty database: `holdfast up --fresh` empties a stack on one machine"
        )

    def _put_in_force(self, connection: Connection) -> None:
        if not _exists(connection, f"{self.namespace}.schema_in_force"):
            connection.exec_driver_sql(self._sql(_IN_FORCE))
        if connection.exec_driver_sql(self._sql(_DIGEST)).scalar_one_or_none() == self.digest():
            return
        for file in _files(self.folder):
            _run(connection, file)
        if script := self.rendered():
            _execute(connection, script)
        for drop in connection.exec_driver_sql(self._sql(_LEFT_OVER)).scalars().all():
            connection.exec_driver_sql(drop)
        connection.exec_driver_sql(self._sql(_KEEP_DIGEST))

    def _sql(self, statement: str) -> str:
        return statement.format(namespace=self.namespace, name=self.name, digest=self.digest())


def run_scripts(migration: str) -> None:
    """For a migration, `run_scripts(__file__)`: runs the `.sql` files beside it that begin with its number, by name."""
    from alembic import op  # noqa: PLC0415  # see above

    path = Path(migration)
    for file in sorted(path.parent.glob(f"{path.name[:4]}*.sql")):
        _run(op.get_bind(), file)


def _run(connection: Connection, file: Path) -> None:
    try:
        _execute(connection, file.read_text(encoding="utf-8"))
    except Exception as error:
        error.add_note(f"in {file}")
        raise


def _execute(connection: Connection, script: str) -> None:
    # A script of several commands needs the driver's simple protocol, in the open transaction.
    driver = connection.connection.dbapi_connection
    assert driver is not None
    driver.run_async(lambda connection: connection.execute(script))


def _exists(connection: Connection, table: str) -> bool:
    return bool(connection.exec_driver_sql(f"SELECT to_regclass('{table}') IS NOT NULL").scalar_one())


def _files(folder: Path) -> list[Path]:
    return sorted((folder / "sql").glob("*.sql"))


@cache
def _newest_revision(folder: Path) -> str:
    return max(file.name for file in (folder / "migrations" / "versions").glob("[0-9]*.py"))[:4]


@cache
def _digest(folder: Path, rendered: Callable[[], str]) -> str:
    digest = hashlib.sha256(_newest_revision(folder).encode() + rendered().encode())
    for file in _files(folder):
        digest.update(hashlib.sha256(file.name.encode()).digest() + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _escaped(path: Path) -> str:
    return str(path).replace("%", "%%")
