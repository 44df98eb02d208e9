"""Stacks of their own take the ports that they prefer: one at a time, however many workers there are."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="module")
def preferred_ports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No other stack is started while this module's tests run."""
    here = tmp_path_factory.getbasetemp()
    shared = here.parent if here.name.startswith("popen-") else here  # what all workers of a run have in common
    with (shared / "preferred-ports").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
