"""A program for `edge.starting.run`: reports whether garbage was collected while it was loaded and while it ran."""

from __future__ import annotations

import gc
import sys

loaded = gc.isenabled()


def main(word: str) -> int:
    sys.stdout.write(f"{word}: {loaded}, {gc.isenabled()}")
    return 3


def fails(word: str) -> int:
    raise ValueError(word)
