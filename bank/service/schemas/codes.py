from __future__ import annotations

from bank.service.plan import Plan, Result
from bank.service.schemas.common import Moment
from edge.wire import Wire, utc


class CodeOut(Wire):
    number: int
    expires_at: Moment

    @classmethod
    def result(cls, plan: Plan) -> Result:
        """What is answered when `plan` makes a code: all of it but the code."""
        code = plan.new_code
        assert code is not None, "the plan makes a code"
        return Result(201, cls(number=code.number, expires_at=utc(code.expires_at)).model_dump(mode="json"), plan)
