from __future__ import annotations

from edge.wire import Wire


class ViolationOut(Wire):
    check: str
    detail: str


class CheckOut(Wire):
    name: str
    examined: int
    broken: int


class AuditOut(Wire):
    violations: list[ViolationOut]
    checks: list[CheckOut]
