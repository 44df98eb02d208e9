"""A leashed command ends with its owner, also when owner and leash are killed at the same moment."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from devstack.identity import choose_identity
from devstack.process import Launch, LeashedProcess
from devstack.site import ROOT
from tests.devstack.children import SLEEPS, alive, psutil, python, until


@contextmanager
def owner_of(log: Path, *command: str) -> Iterator[list[int]]:
    """The pids of an owner, its leash and its command."""
    argv = [sys.executable, "-m", "tests.devstack.run_leashed", str(log), *command]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, cwd=ROOT) as owner:
        assert owner.stdout is not None
        yield [owner.pid, *map(int, owner.stdout.readline().split())]
        owner.kill()


async def test_a_command_ends_when_its_owner_is_killed(tmp_path: Path) -> None:
    with owner_of(tmp_path / "log", *python(SLEEPS)) as (owner, leash, command):
        left = [psutil.Process(leash), psutil.Process(command)]
        os.kill(owner, signal.SIGKILL)
        assert await until(lambda: not any(alive(process) for process in left))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
@pytest.mark.parametrize("how", ["plainly", "in a user namespace"])
async def test_a_command_ends_when_owner_and_leash_are_killed_at_once(tmp_path: Path, how: str) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    prefix = choose_identity([private / "data"]).prefix if how != "plainly" and shutil.which("unshare") else ()
    with owner_of(tmp_path / "log", *prefix, *python(SLEEPS)) as (owner, leash, command):
        left = [psutil.Process(leash), psutil.Process(command)]
        for number in (signal.SIGSTOP, signal.SIGKILL):  # stopped first, so that neither can act on the other's death
            os.kill(leash, number)
            os.kill(owner, number)
        assert await until(lambda: not any(alive(process) for process in left))


async def test_what_a_command_leaves_in_its_process_group_ends_with_it(tmp_path: Path) -> None:
    leaves_a_child = (
        f"import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', {SLEEPS!r}]).pid, flush=True)"
    )
    process = LeashedProcess.spawn("parent", Launch(python(leaves_a_child)), tmp_path / "log")
    await process.started()
    assert await process.wait() == 0
    child = int((tmp_path / "log").read_text())
    assert await until(lambda: not psutil.pid_exists(child) or not alive(psutil.Process(child)))


async def test_the_exit_status_is_reported(tmp_path: Path) -> None:
    process = LeashedProcess.spawn("dies", Launch(python("raise SystemExit(7)")), tmp_path / "log")
    assert await process.wait() == 7
    assert not process.running
