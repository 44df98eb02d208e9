"""Runs one command that cannot outlive its owner: `python leash.py [options] -- command…`.

The owner holds the other end of our standard input, a socket. When that end closes for any reason (SIGKILL included),
the command is asked to stop and, after `--grace` seconds, killed with its process group. A socket works on every
system; Linux also kills the command when the leash itself dies.

The leash writes to that socket, one line each: `pid N` when the command runs, `exit N` when it has ended (negative: the
signal). It accepts two bytes: `T` (stop) and `K` (SIGKILL). Standard library only: with `python -I -S` it starts in a
few milliseconds.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable

PR_SET_PDEATHSIG = 1
OWNER_FD = 0


def _say(line: str) -> None:
    with contextlib.suppress(OSError):  # the owner may be gone, or standard input may not be a socket
        os.write(OWNER_FD, line.encode() + b"\n")


def _die_with_leash() -> Callable[[], None] | None:
    """Runs in the child before exec so that it dies with the leash; only Linux supports this."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl
    leash = os.getpid()

    def set_death_signal() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != leash:
            os._exit(1)

    return set_death_signal


def _signal_group(child: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, number)


def _wake_pipe() -> int:
    """A descriptor that becomes readable when one of our signals arrives."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    os.set_blocking(reader, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    return reader


def _start(options: argparse.Namespace) -> subprocess.Popen[bytes]:
    identity = {} if options.uid is None else {"user": options.uid, "group": options.gid, "extra_groups": []}
    return subprocess.Popen(
        options.command,
        stdin=subprocess.DEVNULL,
        process_group=0,
        umask=options.umask,
        pass_fds=options.keep_fd,
        preexec_fn=_die_with_leash(),  # noqa: PLW1509  # the leash has one thread
        **identity,
    )


def _watch(child: subprocess.Popen[bytes], wake: int, stop_signal: int, grace_s: float) -> int:
    sources = [wake, OWNER_FD]
    deadline: float | None = None
    while child.poll() is None:
        timeout = None if deadline is None else max(0.0, deadline - time.monotonic())
        readable, _, _ = select.select(sources, [], [], timeout)
        stop = False
        if wake in readable:
            stop = any(byte != signal.SIGCHLD for byte in os.read(wake, 512))
        if OWNER_FD in readable:
            order = os.read(OWNER_FD, 64)
            if not order:
                sources.remove(OWNER_FD)
            if b"K" in order:
                _signal_group(child, signal.SIGKILL)
            stop = stop or not order or b"T" in order
        if stop and deadline is None:
            child.send_signal(stop_signal)
            deadline = time.monotonic() + grace_s
        elif deadline is not None and time.monotonic() >= deadline:
            _signal_group(child, signal.SIGKILL)
            deadline = time.monotonic() + 1
    return child.returncode


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="leash", description=__doc__.partition("\n")[0])
    parser.add_argument("--grace", type=float, default=10.0, help="seconds between the stop signal and SIGKILL")
    parser.add_argument("--signal", default="TERM", help="the signal that asks the command to stop")
    parser.add_argument("--uid", type=int, help="run the command as this user")
    parser.add_argument("--gid", type=int)
    parser.add_argument("--umask", type=int, default=-1, help="-1: ours")
    parser.add_argument("--keep-fd", type=int, action="append", default=[], help="a descriptor that is inherited")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args(arguments)
    wake = _wake_pipe()
    try:
        child = _start(options)
    except OSError as error:
        print(f"cannot start {options.command[0]}: {error}", file=sys.stderr, flush=True)
        _say("exit 127")
        return 127
    _say(f"pid {child.pid}")
    status = _watch(child, wake, signal.Signals[f"SIG{options.signal}"], options.grace)
    _signal_group(child, signal.SIGKILL)  # processes that the command left in its group
    _say(f"exit {status}")
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
