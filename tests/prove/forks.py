"""Programs that are forked from one that has loaded their code: loading a worker's takes a processor seconds each time.

A fork has nothing but code in common with the others: it is a process of its own, and can really be killed.
`python -m tests.prove.forks worker` forks for its owner, and kills its forks when the owner ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import runpy
import select
import signal
import sys
import traceback
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
OF_GROUP = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # what a terminal sends to all of its programs
GRACE_S = 120.0  # then it is killed; long, because who was killed is taken for who has died


class Fork:
    """`exit_status` is negative for a signal, and None while it runs."""

    def __init__(self, name: str, forks: Forks, number: int) -> None:
        self.name = name
        self.pid = 0
        self.exit_status: int | None = None
        self._forks = forks
        self._number = number
        self.started = asyncio.Event()
        self.ended = asyncio.Event()

    @property
    def running(self) -> bool:
        return not self.ended.is_set()

    def kill(self) -> None:
        """SIGKILL. Returns at once."""
        self._forks.order(number=self._number, signal=signal.SIGKILL)

    async def wait(self) -> int | None:
        await self.ended.wait()
        return self.exit_status

    async def stop(self) -> None:
        """Asks it to stop and waits for that; it is killed after the grace period."""
        self._forks.order(number=self._number, signal=signal.SIGTERM)
        try:
            await asyncio.wait_for(self.ended.wait(), GRACE_S)
        except TimeoutError:
            self.kill()
            await self.ended.wait()


class Forks:
    """`loaded` are the modules that their programs import. The program that forks starts with the first of them."""

    def __init__(self, *loaded: str) -> None:
        self._loaded = loaded
        self._program: asyncio.subprocess.Process | None = None
        self._hearing: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._forks: dict[int, Fork] = {}

    async def fork(self, module: str, environment: Mapping[str, str], log: Path) -> Fork:
        """`python -m module` with this environment alone; what it says goes to the log."""
        async with self._starting:
            if self._program is None or self._program.returncode is not None:
                await self._start()
        number = len(self._forks)
        made = self._forks[number] = Fork(module, self, number)
        self.order(number=number, module=module, environment=dict(environment), log=str(log))
        try:
            await made.started.wait()
        except BaseException:  # who is cancelled has nothing to stop
            made.kill()
            raise
        return made

    async def aclose(self) -> None:
        """Ends them all."""
        if self._program is None or self._hearing is None:
            return
        assert self._program.stdin is not None
        self._program.stdin.close()
        await self._program.wait()
        await self._hearing
        self._program = None

    def order(self, **what: Any) -> None:
        assert self._program is not None and self._program.stdin is not None
        self._program.stdin.write(json.dumps(what).encode() + b"\n")

    async def _start(self) -> None:
        command = (sys.executable, "-m", "tests.prove.forks", *self._loaded)
        self._program = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        self._hearing = asyncio.create_task(self._hear(self._program.stdout))

    async def _hear(self, said: asyncio.StreamReader | None) -> None:
        assert said is not None
        while line := await said.readline():
            number, word, value = line.split()
            fork = self._forks[int(number)]
            if word == b"pid":
                fork.pid = int(value)
            else:
                fork.exit_status = int(value)
                fork.ended.set()
            fork.started.set()
        for fork in self._forks.values():  # those that the program has taken with it
            fork.started.set()
            fork.ended.set()


# --- the program that forks


def main(loaded: Sequence[str]) -> None:
    """Reads orders, one a line, until standard input ends; says of each fork its pid and how it ended."""
    gc.disable()
    for module in loaded:
        import_module(module)
    gc.freeze()
    gc.enable()
    woken, wake = os.pipe()
    for end in (woken, wake):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    for ignored in OF_GROUP:  # it ends with its owner, and never before its forks
        signal.signal(ignored, signal.SIG_IGN)
    numbers: dict[int, int] = {}
    heard = b""
    while True:
        ready, _, _ = select.select([0, woken], [], [])
        if woken in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(woken, 512)
            _report_ended(numbers)
        if 0 in ready:
            data = os.read(0, 65_536)
            if not data:
                break
            *lines, heard = (heard + data).split(b"\n")
            for line in lines:
                _obey(json.loads(line), numbers)
    for pid in numbers:
        os.kill(pid, signal.SIGKILL)
    for pid in numbers:
        os.waitpid(pid, 0)


def _obey(order: dict[str, Any], numbers: dict[int, int]) -> None:
    number = order["number"]
    if (wanted := order.get("signal")) is not None:
        for pid, of in numbers.items():
            if of == number:
                os.kill(pid, wanted)
        return
    if pid := os.fork():
        numbers[pid] = number
    else:
        _be(number, order["module"], order["environment"], order["log"])


def _report_ended(numbers: dict[int, int]) -> None:
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            pid, status = ended
            _say(f"{numbers.pop(pid)} exit {os.waitstatus_to_exitcode(status)}")


def _say(line: str) -> None:
    os.write(1, line.encode() + b"\n")


def _be(number: int, module: str, environment: Mapping[str, str], log: str) -> None:
    """The rest of a fork's life, as `python -m module`. Says its pid once it can be stopped. Never returns."""
    status = 1
    try:
        signal.set_wakeup_fd(-1)
        for changed in (signal.SIGCHLD, *OF_GROUP):
            signal.signal(changed, signal.SIG_DFL)
        os.setpgid(0, 0)
        _say(f"{number} pid {os.getpid()}")
        os.closerange(3, 64)
        for descriptor, path, flags in ((0, os.devnull, os.O_RDONLY), (1, log, os.O_CREAT | os.O_APPEND | os.O_WRONLY)):
            os.dup2(os.open(path, flags, 0o600), descriptor)
        os.dup2(1, 2)
        os.environ.clear()
        os.environ.update(environment)
        sys.argv[:] = [module]
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001  # what a program's failure prints
        traceback.print_exc()
    finally:
        os._exit(status)


if __name__ == "__main__":
    main(sys.argv[1:])
