from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from api.fields import Moment
from domain.payments import AttemptState, CodeState
from edge.problem import Problem
from edge.wire import CleanText, Wire, utc, utc_or_none
from store.payments.codes import Attempt, Code


class CodeIn(Wire):
    code: Annotated[
        CleanText, Field(examples=["ABCD-EFGH"], description="As the payer typed it: case, dashes and spaces ignored.")
    ]


class CodeOut(Wire):
    """A code that the payer's bank mails to the payer."""

    number: int
    state: CodeState
    expires_at: Moment | None

    @classmethod
    def of(cls, code: Code) -> CodeOut:
        return cls(number=code.number, state=CodeState(code.state), expires_at=utc_or_none(code.expires_at))


class AttemptOut(Wire):
    """A submitted code. `submitted_at` is the payment's time if the code was right."""

    number: int
    submitted_at: Moment
    state: AttemptState

    @classmethod
    def of(cls, attempt: Attempt) -> AttemptOut:
        return cls(number=attempt.number, submitted_at=utc(attempt.submitted_at), state=AttemptState(attempt.state))


class LateProblem(Problem):
    """A code submitted after the deadline, or after the deal was closed: stored, and never sent to the bank."""

    code: Literal["deadline_passed", "deal_closed"]
    submitted_at: str
    pay_by: str
