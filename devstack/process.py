"""One child process on a leash: it ends on request, and always when we end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from devstack.errors import StackError

LEASH = Path(__file__).with_name("leash.py")
LEASH_EXTRA_S = 5.0  # beyond the grace period: the leash kills by itself; this only guards against a stuck leash


@dataclass(frozen=True, slots=True)
class Launch:
    """A command and how to run it.

    `env` is the whole environment, not an addition. `uid`/`gid` and `umask` apply only to the command. `keep_fds` are
    inherited by leash and command, and closed here once they run: a launch serves one start.
    """

    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    cwd: Path | None = None
    stop_signal: str = "TERM"
    grace_s: float = 10.0
    uid: int | None = None
    gid: int | None = None
    keep_fds: tuple[int, ...] = ()
    umask: int = -1  # that of this process


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


class LeashedProcess:
    """A running command. `pid` is the command's own, `leash_pid` that of its wrapper.

    Not bound to one event loop. Standard output and error are appended to `log`.
    """

    def __init__(self, name: str, leash: subprocess.Popen[bytes], channel: socket.socket, grace_s: float) -> None:
        self.name = name
        self.leash_pid = leash.pid
        self.pid = 0
        self._leash = leash
        self._channel = channel
        self._grace_s = grace_s
        self._exit: int | None = None
        self._started = asyncio.Event()
        self._ended = asyncio.Event()
        self._listener = asyncio.create_task(self._listen(), name=f"leash of {name}")

    @classmethod
    def spawn(cls, name: str, launch: Launch, log: Path) -> LeashedProcess:
        """Start the command; needs a running event loop. `pid` is known after `started`."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        arguments = [f"--grace={launch.grace_s}", f"--signal={launch.stop_signal}"]
        if launch.uid is not None and launch.gid is not None:
            arguments += [f"--uid={launch.uid}", f"--gid={launch.gid}"]
        arguments += [f"--umask={launch.umask}"]
        arguments += [f"--keep-fd={fd}" for fd in launch.keep_fds]
        try:
            with theirs, open(log, "ab", opener=_private) as output:
                leash = subprocess.Popen(
                    [sys.executable, "-I", "-S", str(LEASH), *arguments, "--", *launch.argv],
                    stdin=theirs.fileno(),
                    stdout=output,
                    stderr=output,
                    env=dict(launch.env),
                    cwd=launch.cwd,
                    start_new_session=True,
                    pass_fds=launch.keep_fds,
                )
        finally:
            for descriptor in launch.keep_fds:
                os.close(descriptor)
        return cls(name, leash, ours, launch.grace_s)

    async def started(self) -> None:
        """Wait until the command runs. Raises StackError when it cannot be executed."""
        await self._started.wait()
        if self.pid == 0:
            await self._ended.wait()
            raise StackError(f"{self.name}: the command cannot be executed; see its log")

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        heard = b""
        with contextlib.suppress(OSError):  # a killed leash may reset the connection instead of closing it
            while data := await loop.sock_recv(self._channel, 256):
                *lines, heard = (heard + data).split(b"\n")
                for line in lines:
                    word, _, number = line.decode().partition(" ")
                    if word == "pid":
                        self.pid = int(number)
                        self._started.set()
                    else:
                        self._exit = int(number)
        if self._exit is None and self.pid:  # the leash was killed; the command dies with it on Linux only
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
        await asyncio.to_thread(self._leash.wait)
        self._channel.close()
        self._ended.set()
        self._started.set()

    @property
    def running(self) -> bool:
        return not self._ended.is_set() and self._exit is None

    @property
    def exit_status(self) -> int | None:
        """The command's status, negative for a signal; None while it runs or when the leash was killed."""
        return self._exit

    def _order(self, order: bytes) -> None:
        with contextlib.suppress(OSError):
            self._channel.send(order)

    def kill(self) -> None:
        """Send SIGKILL to the command, as a drill. Returns at once."""
        self._order(b"K")

    async def wait(self) -> int | None:
        await self._ended.wait()
        return self._exit

    async def stop(self) -> None:
        """Ask the command to stop and wait for it; the leash kills it after its grace period."""
        self._order(b"T")
        try:
            await asyncio.wait_for(self._ended.wait(), self._grace_s + LEASH_EXTRA_S)
        except TimeoutError:
            self._order(b"K")
            self._leash.kill()
            await self._ended.wait()
