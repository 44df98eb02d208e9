"""`holdfast audit` on the console."""

from __future__ import annotations

import asyncio
import sys

from audit.report import render
from audit.run import GRACE_S, run
from settings import MarketSettings


def main(settings: MarketSettings, *, grace_s: float = GRACE_S, strict: bool = False) -> int:
    """Runs the audit and writes the report to standard output. The exit status: 0 without violations, else 1."""
    report = asyncio.run(run(settings, grace_s=grace_s, strict=strict))
    sys.stdout.write(render(report) + "\n")
    return 0 if report.clean else 1
