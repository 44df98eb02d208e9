"""`holdfast audit` on the console."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, write_to_textfile

from audit.report import AuditReport, render
from audit.run import GRACE_S, run
from settings import MarketSettings


def main(
    settings: MarketSettings, *, grace_s: float = GRACE_S, strict: bool = False, metrics: Path | None = None
) -> int:
    """Runs the audit and writes the report to standard output. The exit status: 0 without violations, else 1.

    `metrics` is a file for Prometheus's collector of text files, written whole or not at all.
    """
    report = asyncio.run(run(settings, grace_s=grace_s, strict=strict))
    if metrics is not None:
        write_to_textfile(str(metrics), measured(report))
    sys.stdout.write(render(report) + "\n")
    return 0 if report.clean else 1


def measured(report: AuditReport) -> CollectorRegistry:
    """The result as metrics; the time is the market database's."""
    registry = CollectorRegistry()
    for name, says, value in (
        ("holdfast_audit_violations", "Rows that break an invariant.", report.violation_count),
        ("holdfast_audit_checks", "Checks that were made.", len(report.results)),
        ("holdfast_audit_timestamp_seconds", "As of when the audit proves the books.", report.at.timestamp()),
    ):
        Gauge(name, says, registry=registry).set(value)
    return registry
