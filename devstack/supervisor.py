"""Starts parts in order of their dependencies, restarts those that die, and stops them all.

A part is a process on a leash (devstack/leash.py): its processes end even if the supervisor is killed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from devstack.errors import NotReady, StackError
from devstack.process import Launch, LeashedProcess

SHORT_LIFE_S = 10.0  # a process that dies sooner than this after its start is restarted with a delay
# The delay after the 1st, 2nd, … short life in a row, the last one from then on. What a part lacks (disk space, say)
# may become available again, and the other parts keep running meanwhile.
BACK_OFF_S = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0)
REPORTED_FROM_S = 1.0  # a shorter outage ends before anybody could read of it
PROBE_EVERY_S = 0.05
SHOWN_LOG_LINES = 15


@dataclass(frozen=True, slots=True)
class Part:
    """A process of the stack. `launch` is called before every start; `ready` is polled after it."""

    name: str
    launch: Callable[[], Awaitable[Launch]]
    ready: Callable[[], Awaitable[bool]]
    after: tuple[str, ...] = ()
    ready_within_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Step:
    """A one-off action between the starts of parts, such as migrations."""

    name: str
    run: Callable[[], Awaitable[None]]
    after: tuple[str, ...] = ()


class _Kept:
    """The state of one part. `process` is the newest one, also after its end."""

    def __init__(self, part: Part, log: Path) -> None:
        self.part = part
        self.log = log
        self.process: LeashedProcess | None = None
        self.ready = asyncio.Event()
        self.drilled = False
        self.keeper: asyncio.Task[None] | None = None


class Supervisor:
    """Keeps parts running. `report` gets one line for every event that a person at the console should see."""

    def __init__(self, logs: Path, report: Callable[[str], None]) -> None:
        self.logs = logs
        self._report = report
        self._kept: dict[str, _Kept] = {}

    async def start_all(self, nodes: Sequence[Part | Step]) -> None:
        """Start every part and run every step, each as soon as everything in its `after` is done.

        Raises what the first failing one raises (StackError for parts); `stop` ends those that were started.
        """
        done: dict[str, asyncio.Task[None]] = {}

        async def begin(node: Part | Step) -> None:
            for name in node.after:
                await asyncio.shield(done[name])
            begun = time.monotonic()
            if isinstance(node, Part):
                await self.start(node)
                self._report(f"{node.name} is ready: pid {self.pid(node.name)}, {time.monotonic() - begun:.1f} s")
            else:
                await node.run()

        try:
            async with asyncio.TaskGroup() as group:
                for node in nodes:
                    if missing := [name for name in node.after if name not in done]:
                        raise StackError(f"{node.name} comes after {missing[0]}, which is not listed before it")
                    done[node.name] = group.create_task(begin(node), name=f"start of {node.name}")
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None

    async def start(self, part: Part) -> None:
        """Start one part and wait until it is ready. Raises NotReady. From then on it is kept running."""
        kept = self._kept[part.name] = _Kept(part, self.logs / f"{part.name}.log")
        await self._start_once(kept)
        kept.keeper = asyncio.create_task(self._keep(kept), name=f"keeper of {part.name}")

    async def _start_once(self, kept: _Kept) -> LeashedProcess:
        part = kept.part
        process = kept.process = LeashedProcess.spawn(part.name, await part.launch(), kept.log)
        await process.started()
        deadline = time.monotonic() + part.ready_within_s
        while True:
            ready = await part.ready()
            if not process.running:  # then another program answered
                raise NotReady(f"{part.name} ended at its start ({ending(process)}).{tail(kept.log)}")
            if ready:
                break
            if time.monotonic() >= deadline:
                await process.stop()
                raise NotReady(f"{part.name} was not ready within {part.ready_within_s:.0f} s.{tail(kept.log)}")
            await asyncio.sleep(PROBE_EVERY_S)
        if not kept.drilled:  # otherwise it is about to end, and must not look ready in between
            kept.ready.set()
        return process

    async def _keep(self, kept: _Kept) -> None:
        """Wait for the part's process to end and restart it, with growing delays while it dies young."""
        name, process, short_lives = kept.part.name, kept.process, 0
        while process is not None:
            born = time.monotonic()
            await process.wait()
            kept.ready.clear()
            self._report(f"{name} (pid {process.pid}) ended: {ending(process)}")
            if kept.drilled or time.monotonic() - born >= SHORT_LIFE_S:
                short_lives = 0
            kept.drilled = False
            old, process = process.pid, None
            while process is None:
                pause_s = BACK_OFF_S[min(short_lives, len(BACK_OFF_S) - 1)]
                if pause_s >= REPORTED_FROM_S:
                    self._report(f"{name} is down; it is started again in {pause_s:g} s. {self.status_line()}")
                await asyncio.sleep(pause_s)
                short_lives += 1
                process = await self._start_again(kept, old)

    async def _start_again(self, kept: _Kept, old: int) -> LeashedProcess | None:
        try:
            process = await self._start_once(kept)
        except Exception as error:  # noqa: BLE001 # no exception may end the keeper unnoticed
            self._report(f"{kept.part.name} did not come back: {error}")
            return None
        self._report(f"{kept.part.name} is back: pid {old} → {process.pid}")
        return process

    def status_line(self) -> str:
        """Which parts run and which do not, in one line."""
        up = [name for name, kept in self._kept.items() if kept.ready.is_set()]
        down = [name for name in self._kept if name not in up]
        parts = [f"{word}: {', '.join(names)}" for word, names in (("Down", down), ("Running", up)) if names]
        return f"{'. '.join(parts)}."

    def pid(self, name: str) -> int:
        """The pid of the newest process of a part, dead or alive. Raises KeyError for an unknown part."""
        process = self._kept[name].process
        return 0 if process is None else process.pid

    def pids(self) -> dict[str, int]:
        return {name: self.pid(name) for name in self._kept}

    def log(self, name: str) -> Path:
        return self._kept[name].log

    def runs(self, name: str) -> bool:
        process = self._kept[name].process
        return process is not None and process.running

    def is_ready(self, name: str) -> bool:
        return self._kept[name].ready.is_set()

    def kill(self, name: str) -> int:
        """SIGKILL a part as a drill, and return its pid; `wait_ready` then waits for the next process."""
        kept = self._kept[name]
        if kept.process is None or not kept.process.running:
            raise NotReady(f"{name} does not run now")
        kept.drilled = True
        kept.ready.clear()
        kept.process.kill()
        return kept.process.pid

    async def wait_ready(self, name: str, within_s: float = 60.0) -> int:
        """Wait until a part is ready and return its pid. Raises NotReady."""
        try:
            await asyncio.wait_for(self._kept[name].ready.wait(), within_s)
        except TimeoutError:
            raise NotReady(f"{name} was not ready within {within_s:.0f} s.{tail(self.log(name))}") from None
        return self.pid(name)

    async def stop(self) -> None:
        """End all parts, the last started first, each within its grace period. Safe to repeat."""
        for kept in reversed(self._kept.values()):
            if kept.keeper is not None:
                kept.keeper.cancel()
                await asyncio.wait({kept.keeper})
            kept.ready.clear()
            if kept.process is not None:
                await kept.process.stop()
        self._kept.clear()

    def kill_all(self) -> None:
        """Send SIGKILL to every process; `stop` then has nothing to wait for."""
        for kept in self._kept.values():
            if kept.process is not None:
                kept.process.kill()


def ending(process: LeashedProcess) -> str:
    status = process.exit_status
    if status is None:
        return "killed with its leash"
    return f"signal {-status}" if status < 0 else f"exit status {status}"


def tail(log: Path) -> str:
    """The last lines of a log for an error message, and the path of the log."""
    try:
        lines = log.read_text(errors="replace").splitlines()[-SHOWN_LOG_LINES:]
    except OSError:
        return ""
    return "\n".join(["", *(f"  | {line}" for line in lines), f"Log: {log}"])
