from __future__ import annotations

from fastapi import APIRouter

from bank.service.access import Administrator
from bank.service.audit import audit
from bank.service.services import ServicesOfApp
from edge.problem import problems
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


router = APIRouter(tags=["administration"])


@router.get("/audit", responses=problems(401, 403, 503))
async def read_audit(caller: Administrator, services: ServicesOfApp) -> AuditOut:
    """Proves the books: the ledger's checks and the bank's own, each with how many rows it examined and how many of
    them are wrong. At most 100 violations of a check are listed, with the first of each kind in front.
    """
    async with services.database.transaction() as session:
        report = await audit(session)
    return AuditOut(
        violations=[ViolationOut(check=found.check, detail=found.detail) for found in report.violations],
        checks=[
            CheckOut(name=name, examined=count, broken=report.broken[name]) for name, count in report.examined.items()
        ],
    )
