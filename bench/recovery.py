"""The downtime of a program after kill -9: until the supervisor has restarted it and it is ready."""

from __future__ import annotations

import time
from statistics import median
from typing import Final

from bench.options import Options
from bench.payments import stack
from devstack.stack import Stack

KILLED: Final = ("api", "bank", "worker")
WITHIN_S: Final = 120.0


async def run(options: Options) -> None:
    """The programs in turn, so that a temporarily busy machine affects all of them."""
    away: dict[str, list[float]] = {name: [] for name in KILLED}
    began = time.monotonic()
    async with stack() as started:
        up = time.monotonic() - began
        for _ in range(options.rounds):
            for name in KILLED:
                away[name].append(await _away(started, name))
    print(f"recovery: the whole stack was up after {up:.1f} s. Ready again after kill -9, in seconds:")
    for name, times in away.items():
        print(f"  {name:8}least {min(times):.1f}, median {median(times):.1f}, most {max(times):.1f}")


async def _away(started: Stack, name: str) -> float:
    began = time.monotonic()
    started.kill(name)
    await started.wait_ready(name, WITHIN_S)
    return time.monotonic() - began
