"""Processor time and memory by part of the stack, from /proc; empty without /proc."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from pathlib import Path

_PROC = Path("/proc")


def used_s(parts: Mapping[str, int]) -> dict[str, float]:
    """Processor seconds of each named process and its children, including dead ones that were waited for."""
    if not (_PROC / "self" / "stat").exists():
        return {}
    below: dict[int, list[int]] = {}
    seconds: dict[int, float] = {}
    for folder in _PROC.iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:  # it ended meanwhile
                continue
            pid = int(folder.name)
            below.setdefault(int(fields[1]), []).append(pid)
            seconds[pid] = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")

    def total(pid: int) -> float:
        return seconds.get(pid, 0.0) + sum(total(child) for child in below.get(pid, []))

    return {name: total(pid) for name, pid in parts.items()}


def less(after: Mapping[str, float], before: Mapping[str, float]) -> dict[str, float]:
    return {name: seconds - before.get(name, 0.0) for name, seconds in after.items()}


def ratio(used: float, other: float) -> float:
    """Not a number when the other was over before the clock, which has ticks of 10 ms, could see it work."""
    return used / other if other else math.nan


def resident_kb(pid: int) -> int:
    """Kilobytes of memory that a process has now; 0 without /proc."""
    status = _PROC / str(pid) / "status"
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS:")), 0)
