"""The lock pins every requirement with hashes, names no address, and holds whatever pyproject.toml asks for."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator

from checks.finding import Finding
from checks.tree import Repository

LOCK = "requirements.lock"
_PINNED = re.compile(r"([A-Za-z0-9._-]+)==\S+")
_HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
_NAME = re.compile(r"[A-Za-z0-9._-]+")


def check(repository: Repository) -> Iterator[Finding]:
    lock = repository.source(LOCK)
    if lock is None:
        yield Finding(LOCK, 1, "lock.missing", "run `make lock`")
        return
    locked: set[str] = set()
    for number, requirement in _requirements(lock.lines):
        pinned = _PINNED.match(requirement)
        if pinned is None:
            yield Finding(LOCK, number, "lock.not-pinned", requirement.split("\\", maxsplit=1)[0].strip()[:80])
            continue
        locked.add(_normal(pinned[1]))
        if not _HASH.search(requirement):
            yield Finding(LOCK, number, "lock.no-hash", pinned[0])
    for number, line in enumerate(lock.lines, start=1):
        if "://" in line:
            yield Finding(LOCK, number, "lock.address", "the lock names versions and hashes, never addresses")
    for name in sorted(_wanted(repository) - locked):
        yield Finding(LOCK, 1, "lock.stale", f"pyproject.toml asks for {name}; run `make lock`")


def _requirements(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Each requirement with its continuation lines, and the number of its first line."""
    text, first = "", 1
    for number, line in enumerate(lines, start=1):
        if not text:
            first = number
        text += line
        if line.endswith("\\"):
            continue
        if text.strip() and not text.lstrip().startswith("#"):
            yield first, text
        text = ""


def _wanted(repository: Repository) -> set[str]:
    project = tomllib.loads((repository.root / "pyproject.toml").read_text())["project"]
    groups = [project["dependencies"], *project.get("optional-dependencies", {}).values()]
    named = (_NAME.match(requirement) for group in groups for requirement in group)
    return {_normal(name[0]) for name in named if name}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
