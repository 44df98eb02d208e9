"""Tiny real programs for the supervisor, and ways to see what is left of them."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from devstack.programs import Program
from devstack.site import Site

psutil: Any = import_module("psutil")  # it comes without types

SERVES = """
import http.server, os
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/ready" else 404)
        self.send_header("Holdfast-Stack", os.environ["HOLDFAST_STACK"])
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(os.environ["TINY_PORT"])), Ready).serve_forever()
"""
SLEEPS = "import time; time.sleep(600)"
DIES = "import sys; print('no luck today', flush=True); sys.exit(3)"
IGNORES_SIGTERM = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
time.sleep(600)
"""


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-I", "-S", "-c", code)


def tiny_program(name: str, port: str, after: tuple[str, ...] = ()) -> Program:
    """A stand-in for a real program: ready at once on its port."""

    def settings(site: Site) -> dict[str, str]:
        return {"TINY_PORT": str(site.ports[port])}

    return Program(name, python(SERVES), port, settings, after)


async def until(holds: Callable[[], object], within_s: float = 120.0) -> bool:
    """Wait until `holds` is true, and say so; an assertion fails when it is not in time."""
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, f"not within {within_s} s"
        await asyncio.sleep(0.02)
    return True


def plain_environment(**more: str) -> dict[str, str]:
    """This process's environment without the variables of a developer's own stack."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HOLDFAST_", "TEMPORAL_"))}
    return {**kept, **more}


def alive(process: Any) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def mentioning(folder: Path) -> list[Any]:
    """All processes whose command line names `folder`, with any parent."""
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if str(folder) in " ".join(process.info["cmdline"] or []) and alive(process)
    ]
