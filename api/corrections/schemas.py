from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from api.fields import Id, Moment, MoneyIn, MoneyOut, PageOut
from domain.corrections import CorrectionState, Way
from domain.limits import MAX_DETAILS
from edge.wire import Said, Wire, utc, utc_or_none
from store.wallets.corrections import Correction


class CorrectionIn(Wire):
    """An operator's request to put a mistake right. The wallet's owner reads the reason, which is kept for good."""

    wallet_id: Id
    direction: Literal["in", "out"]
    """Into the wallet, or out of it."""
    amount: MoneyIn
    reason: Annotated[Said, Field(min_length=1, max_length=MAX_DETAILS)]


class DecisionIn(Wire):
    approve: bool


class CorrectionOut(Wire):
    id: str
    wallet_id: str
    direction: Way
    amount: MoneyOut
    reason: str
    state: CorrectionState
    requested_by: str
    decided_by: str | None
    """Who approved or rejected it, or retracted their own."""
    operation_id: str | None
    """The wallet's operation, of an approved correction."""
    created_at: Moment
    decided_at: Moment | None

    @classmethod
    def of(cls, row: Correction) -> CorrectionOut:
        return cls(
            id=str(row.id),
            wallet_id=str(row.wallet_id),
            direction=Way(row.way),
            amount=MoneyOut.of(row.amount),
            reason=row.reason,
            state=CorrectionState(row.state),
            requested_by=str(row.requested_by),
            decided_by=None if row.decided_by is None else str(row.decided_by),
            operation_id=None if row.operation_id is None else str(row.operation_id),
            created_at=utc(row.created_at),
            decided_at=utc_or_none(row.decided_at),
        )


class BookedCorrectionOut(Wire):
    """An approved correction as the wallet's marketplace sees it: without the operators."""

    id: str
    wallet_id: str
    direction: Way
    amount: MoneyOut
    reason: str
    operation_id: str
    decided_at: Moment

    @classmethod
    def of(cls, row: Correction) -> BookedCorrectionOut:
        assert row.decided_at is not None, "only what is approved is an event"
        return cls(
            id=str(row.id),
            wallet_id=str(row.wallet_id),
            direction=Way(row.way),
            amount=MoneyOut.of(row.amount),
            reason=row.reason,
            operation_id=str(row.operation_id),
            decided_at=utc(row.decided_at),
        )


class CorrectionsOut(PageOut[CorrectionOut]):
    pass
