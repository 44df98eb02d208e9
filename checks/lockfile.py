"""The locks pin every requirement with hashes, name no address, and contain everything that pyproject.toml asks for.

The image's lock is the part of the other that programs need: the same versions, without extras.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator

from checks.finding import Finding
from checks.tree import Repository

LOCK = "requirements.lock"
IMAGE = "requirements.image.lock"
_PINNED = re.compile(r"([A-Za-z0-9._-]+)==\S+")
_HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
_NAME = re.compile(r"[A-Za-z0-9._-]+")


def check(repository: Repository) -> Iterator[Finding]:
    needed, extras = _wanted(repository)
    yield from _check(repository, LOCK, needed | extras)
    yield from _check(repository, IMAGE, needed)
    everything, image = _text_of(repository, LOCK), _text_of(repository, IMAGE)
    for name, (number, text) in image.items():
        if name in extras - needed:
            yield Finding(IMAGE, number, "lock.not-for-the-image", f"{name} is of an extra of pyproject.toml")
        elif everything.get(name, (0, ""))[1] != text:
            yield Finding(IMAGE, number, "lock.differs", f"{name} is another one in {LOCK}; run `make lock`")


def _check(repository: Repository, path: str, wanted: set[str]) -> Iterator[Finding]:
    lock = repository.source(path)
    if lock is None:
        yield Finding(path, 1, "lock.missing", "run `make lock`")
        return
    for number, requirement in _requirements(lock.lines):
        pinned = _PINNED.match(requirement)
        if pinned is None:
            yield Finding(path, number, "lock.not-pinned", requirement.split("\\", maxsplit=1)[0].strip()[:80])
        elif not _HASH.search(requirement):
            yield Finding(path, number, "lock.no-hash", pinned[0])
    for number, line in enumerate(lock.lines, start=1):
        if "://" in line:
            yield Finding(path, number, "lock.address", "the lock names versions and hashes, never addresses")
    for name in sorted(wanted - _text_of(repository, path).keys()):
        yield Finding(path, 1, "lock.stale", f"pyproject.toml asks for {name}; run `make lock`")


def _text_of(repository: Repository, path: str) -> dict[str, tuple[int, str]]:
    """Line number and whole text of each pinned requirement, by name."""
    lock = repository.source(path)
    found: dict[str, tuple[int, str]] = {}
    for number, requirement in _requirements(lock.lines if lock else []):
        if pinned := _PINNED.match(requirement):
            found[_normal(pinned[1])] = (number, requirement)
    return found


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


def _wanted(repository: Repository) -> tuple[set[str], set[str]]:
    """What programs need, and what the extras add."""
    project = tomllib.loads((repository.root / "pyproject.toml").read_text())["project"]
    extras = [name for group in project.get("optional-dependencies", {}).values() for name in group]
    return _names(project["dependencies"]), _names(extras)


def _names(requirements: list[str]) -> set[str]:
    return {_normal(name[0]) for name in map(_NAME.match, requirements) if name}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
