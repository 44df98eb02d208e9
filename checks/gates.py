"""The gates of `make check`: each has a name, runs even if others fail, and reports what it found."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from checks import determinism, docs, hygiene, imports, lockfile, locks, migrations, sizes, testing
from checks.finding import Finding
from checks.tree import Repository

# The environment's own tools, wherever it is.
_BIN = Path(sys.executable).parent
_TOOLS: dict[str, tuple[str, ...]] = {
    "types": ("mypy",),
    "contracts": ("lint-imports", "--no-logo"),
    "lint": ("ruff", "check", "--output-format=concise", "."),
    "format": ("ruff", "format", "--check", "."),
}
_LINTS: dict[str, Callable[[Repository], Iterable[Finding]]] = {
    "size": sizes.check,
    "determinism": determinism.check,
    "imports": imports.check,
    "hygiene": hygiene.check,
    "lock": lockfile.check,
    "locks": locks.check,
    "migrations": migrations.check,
    "tests": testing.check,
    "docs": docs.check,
}
GATES = (*_TOOLS, *_LINTS)
_TOOL_TIMEOUT_S = 300  # a cold mypy on a busy machine; a gate that hangs has failed


@dataclass(frozen=True, slots=True)
class Result:
    gate: str
    passed: bool
    report: str
    seconds: float


def run_all(root: Path) -> list[Result]:
    """Every gate's result, in a fixed order: the tools run on two threads, our own lints meanwhile."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        tools = [pool.submit(_tool, root, gate, command) for gate, command in _TOOLS.items()]
        repository = Repository(root)
        lints = [_lint(repository, gate, check) for gate, check in _LINTS.items()]
        return [tool.result() for tool in tools] + lints


def _tool(root: Path, gate: str, command: tuple[str, ...]) -> Result:
    started = time.monotonic()
    # A wide terminal: reports that wrap in the middle of a name cannot be searched.
    environment = os.environ | {"COLUMNS": "200", "NO_COLOR": "1"}
    try:
        done = subprocess.run(
            [str(_BIN / command[0]), *command[1:]],
            cwd=root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_TOOL_TIMEOUT_S,
            check=False,
        )
        passed, report = done.returncode == 0, done.stdout
    except (OSError, subprocess.TimeoutExpired) as error:
        passed, report = False, f"{command[0]}: {error}"
    return Result(gate, passed, report.strip(), time.monotonic() - started)


def _lint(repository: Repository, gate: str, check: Callable[[Repository], Iterable[Finding]]) -> Result:
    started = time.monotonic()
    findings = sorted(set(check(repository)))
    report = "\n".join(map(str, findings))
    return Result(gate, not findings, report, time.monotonic() - started)
