"""The options of a run."""

from __future__ import annotations

import argparse


class Options(argparse.Namespace):
    names: list[str]
    payments: int
    clients: int
    rounds: int
    seed: int
    folder: str
    open: list[int]
    closed: int
    real: int
    deadlines: int
    parts: int
    programs: list[int]
    idle_s: float
    samples: int
    lead_s: float
