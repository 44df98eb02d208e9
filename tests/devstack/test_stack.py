"""The whole stack with tiny programs instead of bank and API: real PostgreSQL, Temporal and mail."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

import bank.service
from devstack.errors import FolderInUse, PortTaken
from devstack.postgres import APP, BANK_APP, BANK_OWNER, OWNER, PostgresServer
from devstack.preparations import Preparation
from devstack.programs import PROGRAMS
from devstack.site import ROOT, Site
from devstack.stack import Stack, load_environment
from tests.devstack.children import alive, mentioning, plain_environment, psutil, tiny_program, until

pytestmark = pytest.mark.usefixtures("preferred_ports")
PARTS = {"postgres", "temporal", "mail", "api"}


@dataclass
class Running:
    """A stack in a process of its own, and all processes below it."""

    command: subprocess.Popen[str]
    folder: Path
    pids: dict[str, int]
    below: list[Any]

    def left(self) -> list[Any]:
        return [process for process in self.below if alive(process)] + mentioning(self.folder)


@contextmanager
def stack_process(folder: Path, **variables: str) -> Iterator[Running]:
    command = subprocess.Popen(
        [sys.executable, "-m", "tests.devstack.run_stack", str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=plain_environment(**variables),
    )
    with command:
        assert command.stdout is not None
        try:
            shown = json.loads(command.stdout.readline())
            below = psutil.Process(command.pid).children(recursive=True)
            yield Running(command, folder, shown["pids"], below)
        finally:
            command.kill()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    with stack_process(tmp_path / "state") as running:
        yield running


async def assert_it_ends(running: Running, number: signal.Signals) -> None:
    assert {process.pid for process in running.below} >= set(running.pids.values())
    running.command.send_signal(number)
    await until(lambda: running.command.poll() is not None)
    assert running.command.returncode == 0
    assert running.left() == []


async def test_sigterm_ends_the_stack_and_leaves_nothing(
    tmp_path: Path, postgres: PostgresServer, temporal: WorkflowEnvironment
) -> None:
    with stack_process(tmp_path / "state", **outside(postgres, temporal, "postgres")) as running:
        assert set(running.pids) == {"mail", "api"}
        await assert_it_ends(running, signal.SIGTERM)


def outside(postgres: PostgresServer, temporal: WorkflowEnvironment, database: str) -> dict[str, str]:
    """The variables that name servers outside the stack, here those of the tests."""
    return {
        "TEMPORAL_ADDRESS": temporal.client.service_client.config.target_host,
        "HOLDFAST_DATABASE_URL": postgres.url(database),
        "HOLDFAST_DATABASE_OWNER_URL": postgres.url(database, OWNER),
        "HOLDFAST_BANK_DATABASE_URL": postgres.url(database),
        "HOLDFAST_BANK_DATABASE_OWNER_URL": postgres.url(database, OWNER),
        "HOLDFAST_SIGNER_DATABASE_URL": postgres.url(database),
        "HOLDFAST_SIGNER_DATABASE_OWNER_URL": postgres.url(database, OWNER),
    }


async def test_nothing_is_left_when_the_stack_itself_is_killed(running: Running) -> None:
    assert set(running.pids) == PARTS
    running.command.kill()
    await until(lambda: not running.left())
    assert "database system is shut down" in (running.folder / "logs" / "postgres.log").read_text()


async def test_the_stack_keeps_its_state_and_its_links_and_brings_parts_back(tmp_path: Path) -> None:
    mail = next(program for program in PROGRAMS if program.name == "mail")
    lines: list[str] = []

    async def prepare(site: Site) -> None:
        async with site.postgres.connect("market", OWNER) as connection:
            await connection.execute(text("CREATE TABLE IF NOT EXISTS deals (id int)"))
            await connection.execute(text(f"GRANT SELECT, INSERT ON deals TO {APP}"))

    def stack() -> Stack:
        return Stack(
            tmp_path / "state",
            preparations=[Preparation("tables", prepare, after=("databases",))],
            programs=[mail, tiny_program("api", "api", after=("tables", "mail", "temporal"))],
            report=lines.append,
            environment=plain_environment(),
        )

    async with stack() as first:
        urls = first.urls
        async with first.site.postgres.connect("market", APP) as connection:
            await connection.execute(text("INSERT INTO deals VALUES (7)"))
        with pytest.raises(FolderInUse):
            await Stack(tmp_path / "state", programs=[], preparations=[]).start()
        for name in ("api", "postgres"):
            old = first.kill(name)
            new = await first.wait_ready(name)
            assert f"{name} is back: pid {old} → {new}" in lines
        assert open_to_others(tmp_path / "state") == []
        for database, role in (("bank", APP), ("signer", APP), ("market", BANK_APP)):
            with pytest.raises(DBAPIError, match="permission denied for database"):
                async with first.site.postgres.connect(database, role):
                    pass
        assert load_environment(tmp_path / "state", "api") == first.environment("api")

    async with stack() as second:
        assert second.urls == urls
        async with second.site.postgres.connect("market", APP) as connection:
            assert await connection.scalar(text("SELECT id FROM deals")) == 7
        async with httpx.AsyncClient() as browser:
            for name in ("mail", "temporal_ui"):
                assert (await browser.get(second.urls[name], follow_redirects=True)).status_code == 200
        await Client.connect(second.site.temporal_address)


def open_to_others(folder: Path) -> list[str]:
    """What of a state folder others could read, PostgreSQL's own data aside."""
    readable = 0o066
    return [
        str(path.relative_to(folder))
        for path in (folder, *folder.rglob("*"))
        if "data" not in path.parts and path.stat().st_mode & readable
    ]


async def test_a_bank_database_of_the_markets_roles_is_reassigned_to_the_banks_roles(postgres: PostgresServer) -> None:
    await postgres.create_database("older_bank")
    await asyncio.to_thread(bank.service.migrate, postgres.url("older_bank", OWNER), APP)
    for _ in range(2):
        await postgres.keep_apart("older_bank", BANK_OWNER, BANK_APP)
        await asyncio.to_thread(bank.service.migrate, postgres.url("older_bank", BANK_OWNER), BANK_APP)
    async with postgres.connect("older_bank", BANK_APP) as connection:
        assert list(await connection.scalars(text("SELECT number FROM accounts"))) == []
    with pytest.raises(DBAPIError, match="permission denied for database"):
        async with postgres.connect("older_bank", APP):
            pass
    await postgres.drop_database("older_bank")


async def test_outside_servers_are_used_when_their_variables_are_set(
    tmp_path: Path, postgres: PostgresServer, temporal: WorkflowEnvironment
) -> None:
    await postgres.create_database("outside")
    environment = plain_environment(**outside(postgres, temporal, "outside"))
    shown: list[str] = []

    async def prepare(site: Site) -> None:
        shown.extend([site.database("market").url, site.database("bank").owner_url, site.database("market").app_role])

    preparation = Preparation("look", prepare, after=("databases",))
    programs = [tiny_program("api", "api", after=("look", "temporal"))]
    async with Stack(tmp_path / "s", environment=environment, preparations=[preparation], programs=programs) as stack:
        assert set(stack.pids) == {"api"}
        assert "temporal_ui" not in stack.urls
        assert shown == [postgres.url("outside"), postgres.url("outside", OWNER), APP]


async def test_a_named_port_that_is_taken_stops_the_start_before_anything_runs(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    environment = plain_environment(HOLDFAST_API_PORT=str(postgres.port))
    with pytest.raises(PortTaken, match="HOLDFAST_API_PORT"):
        async with Stack(tmp_path / "state", environment=environment):
            pass
    assert mentioning(tmp_path / "state") == []
