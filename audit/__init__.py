"""The audit: proves the books of a running market, read-only, over its database, the bank and Temporal."""

from __future__ import annotations

from audit.report import AuditReport, NotExamined, Outcome, Result, Store, Violation, render
from audit.run import Stores, examine, run

__all__ = [
    "AuditReport",
    "NotExamined",
    "Outcome",
    "Result",
    "Store",
    "Stores",
    "Violation",
    "examine",
    "render",
    "run",
]
