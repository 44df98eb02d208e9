"""Small private files, the lock on a folder, and where the site of docs/ is."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import time
from pathlib import Path
from typing import Any

GUIDES = Path(__file__).resolve().parents[1] / "build/docs/site"
"""What `make docs` makes; the mail catcher serves it."""


def read_json(path: Path) -> dict[str, Any]:
    """The object in `path`, or {} when the file does not exist."""
    try:
        content = path.read_text()
    except FileNotFoundError:
        return {}
    document: dict[str, Any] = json.loads(content)
    return document


def write_private(path: Path, content: str) -> None:
    """Replace `path` atomically with a file that only its owner may read (mode 0600)."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(content)
    draft.replace(path)


def write_private_json(path: Path, document: dict[str, Any]) -> None:
    write_private(path, json.dumps(document, indent=2, sort_keys=True) + "\n")


async def lock_file(path: Path, patience_s: float) -> int | None:
    """Lock `path` and return the descriptor that holds the lock, or None if it stays locked for `patience_s`.

    The lock belongs to the open file, so children that inherit the descriptor hold it too: a new holder knows that
    every process of the previous one has ended.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + patience_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                os.close(descriptor)
                return None
            await asyncio.sleep(0.05)
        else:
            return descriptor
