from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from bank.service.models import Behaviour
from edge.wire import Wire

StepName = Literal["open", "code", "confirm", "debit", "pay", "capture", "void", "credit", "refund"]


class BehaviourBody(Wire):
    """How a bank misbehaves at `steps`; none named means all."""

    slow_s: Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)] = 0.0
    """Seconds to wait before the work of each request."""
    lose_replies: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    """How many of the next answers are lost after their work was committed."""
    steps: Annotated[list[StepName], Field(max_length=9, default_factory=list)]

    @classmethod
    def of(cls, row: Behaviour) -> BehaviourBody:
        return cls.model_validate(
            {"slow_s": row.slow_ms / 1000, "lose_replies": row.lose_replies, "steps": list(row.steps)}
        )
