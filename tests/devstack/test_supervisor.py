"""The supervisor starts in order, restarts what dies, and stops everything."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from devstack.errors import NotReady, StackError
from devstack.process import Launch
from devstack.supervisor import BACK_OFF_S, Part, Step, Supervisor
from tests.devstack.children import DIES, IGNORES_SIGTERM, SLEEPS, alive, psutil, python, until


class Console(list[str]):
    """The lines that a person would have seen."""

    def having(self, word: str) -> list[str]:
        return [line for line in self if word in line]


@pytest.fixture
def console() -> Console:
    return Console()


@pytest_asyncio.fixture(loop_scope="session")
async def supervisor(tmp_path: Path, console: Console) -> AsyncIterator[Supervisor]:
    supervisor = Supervisor(tmp_path, console.append)
    yield supervisor
    await supervisor.stop()


def part(name: str, *argv: str, after: tuple[str, ...] = (), grace_s: float = 5.0, log: Path | None = None) -> Part:
    """A part that is ready as soon as it runs or, given its log, as soon as it has said something."""

    def has_spoken() -> bool:
        return log is None or bool(log.read_text())

    async def launch() -> Launch:
        return Launch(argv, grace_s=grace_s)

    async def ready() -> bool:
        return has_spoken()

    return Part(name, launch, ready, after=after)


def never_ready(name: str, *argv: str) -> Part:
    async def ready() -> bool:
        return False

    return replace(part(name, *argv), ready=ready)


async def test_parts_and_steps_start_after_what_they_need(supervisor: Supervisor) -> None:
    running_at_step: list[str] = []

    async def look() -> None:
        running_at_step.extend(name for name in supervisor.pids() if supervisor.is_ready(name))

    await supervisor.start_all(
        [
            part("first", *python(SLEEPS)),
            Step("look", look, after=("first",)),
            part("second", *python(SLEEPS), after=("look",)),
        ]
    )
    assert running_at_step == ["first"]
    assert list(supervisor.pids()) == ["first", "second"]


async def test_a_killed_child_is_restarted_and_both_pids_are_reported(supervisor: Supervisor, console: Console) -> None:
    await supervisor.start(part("worker", *python(SLEEPS)))
    old = supervisor.pid("worker")
    os.kill(old, signal.SIGKILL)
    await until(lambda: console.having("is back"))
    new = await supervisor.wait_ready("worker")
    assert new != old
    assert psutil.Process(new).is_running()
    assert console.having("ended") == [f"worker (pid {old}) ended: signal 9"]
    assert console.having("is back") == [f"worker is back: pid {old} → {new}"]


async def test_a_drill_kills_and_waits_for_the_next_process(supervisor: Supervisor) -> None:
    await supervisor.start(part("worker", *python(SLEEPS)))
    pids = {supervisor.pid("worker")}
    for _ in range(7):  # more often than a crash loop may last: drills are no crashes
        old = supervisor.kill("worker")
        new = await supervisor.wait_ready("worker", within_s=120)
        assert old in pids
        assert not psutil.pid_exists(old)
        pids.add(new)
    assert len(pids) == 8


async def test_a_killed_leash_takes_its_command_along_and_both_return(supervisor: Supervisor, console: Console) -> None:
    await supervisor.start(part("worker", *python(SLEEPS)))
    command = psutil.Process(supervisor.pid("worker"))
    command.parent().kill()
    await until(lambda: console.having("is back"))
    assert not alive(command)


async def test_a_part_that_dies_repeatedly_is_reported_and_restarted_without_stopping_the_others(
    supervisor: Supervisor, console: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert BACK_OFF_S[-1] == 60
    monkeypatch.setattr("devstack.supervisor.BACK_OFF_S", (0.0, 0.001))
    monkeypatch.setattr("devstack.supervisor.REPORTED_FROM_S", 0.001)
    room = tmp_path / "room"
    needs_room = f"import os, time\nif not os.path.exists({str(room)!r}):\n    {DIES}\ntime.sleep(600)"
    room.touch()
    await supervisor.start(part("bank", *python(SLEEPS)))
    await supervisor.start(part("postgres", *python(needs_room)))
    bank = psutil.Process(supervisor.pid("bank"))
    room.unlink()
    os.kill(supervisor.pid("postgres"), signal.SIGKILL)
    await until(lambda: len(console.having("postgres (pid")) > 9, within_s=120)
    room.touch()
    last = len(console)
    await until(lambda: any("is back" in line for line in console[last:]), within_s=120)
    await supervisor.wait_ready("postgres")
    assert alive(bank)
    assert console.having("is down")[-1] == (
        "postgres is down; it is started again in 0.001 s. Down: postgres. Running: bank."
    )


async def test_a_part_for_which_another_program_answers_is_not_ready(supervisor: Supervisor) -> None:
    lost_its_port = part("bank", *python(DIES))
    dead = asyncio.Event()

    async def somebody_answers() -> bool:
        await until(lambda: "no luck" in supervisor.log("bank").read_text())
        await until(lambda: not supervisor.runs("bank"))
        dead.set()
        return True

    with pytest.raises(NotReady, match="exit status 3"):
        await supervisor.start(replace(lost_its_port, ready=somebody_answers))
    assert dead.is_set()


async def test_a_part_that_dies_at_its_start_is_an_error_with_the_end_of_its_log(supervisor: Supervisor) -> None:
    with pytest.raises(NotReady, match="exit status 3") as error:
        await supervisor.start_all([never_ready("bank", *python(DIES))])
    assert "no luck today" in str(error.value)


async def test_a_part_that_is_not_ready_in_time_is_an_error(supervisor: Supervisor) -> None:
    slow = replace(never_ready("bank", *python(SLEEPS)), ready_within_s=0.2)
    with pytest.raises(NotReady, match="not ready within"):
        await supervisor.start_all([slow])


async def test_a_command_that_does_not_exist_is_an_error(supervisor: Supervisor, tmp_path: Path) -> None:
    with pytest.raises(StackError, match="bank: the command cannot be executed"):
        await supervisor.start_all([part("bank", str(tmp_path / "nothing"))])


async def test_stop_ends_even_a_child_that_ignores_sigterm(supervisor: Supervisor, tmp_path: Path) -> None:
    await supervisor.start(part("deaf", *python(IGNORES_SIGTERM), grace_s=0.2, log=tmp_path / "deaf.log"))
    child = psutil.Process(supervisor.pid("deaf"))
    await supervisor.stop()
    assert not alive(child)
