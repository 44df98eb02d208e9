from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from api.fields import Id, Moment, MoneyOut, PageOut
from domain.gateways import GatewayId
from domain.incoming_transfers import IncomingState
from domain.limits import MAX_DETAILS
from domain.resolutions import ResolutionState, Way
from edge.wire import Said, Wire, one_of, utc, utc_or_none
from store.chain.incoming_transfers import IncomingTransfer
from store.wallets.resolutions import Resolution


class IncomingTransferOut(Wire):
    id: str
    gateway: GatewayId
    external_id: str
    """Its permanent name at the gateway: the transaction and the log's place in it, or the bank's key."""
    amount: MoneyOut
    state: IncomingState
    valued_at: Moment
    """When it was paid, by the gateway's own record."""
    seen_at: Moment
    """When it was recorded here."""
    sender: str
    details: str
    """What the sender wrote."""
    top_up_id: str | None
    wallet_id: str | None

    @classmethod
    def of(cls, row: IncomingTransfer) -> IncomingTransferOut:
        return cls(
            id=str(row.id),
            gateway=GatewayId(row.gateway),
            external_id=row.external_id,
            amount=MoneyOut.of(row.amount),
            state=IncomingState(row.state),
            valued_at=utc(row.valued_at),
            seen_at=utc(row.seen_at),
            sender=row.sender,
            details=row.details,
            top_up_id=None if row.top_up_id is None else str(row.top_up_id),
            wallet_id=None if row.wallet_id is None else str(row.wallet_id),
        )


class IncomingTransfersOut(PageOut[IncomingTransferOut]):
    pass


class AssignIn(Wire):
    """Exactly one of wallet and top-up. A top-up counts the money as paid when it was."""

    model_config = ConfigDict(json_schema_extra=one_of("wallet_id", "top_up_id"))

    wallet_id: Id | None = None
    top_up_id: Id | None = None
    reason: Annotated[Said, Field(min_length=1, max_length=MAX_DETAILS)]


class ReasonIn(Wire):
    reason: Annotated[Said, Field(min_length=1, max_length=MAX_DETAILS)]


class DecisionIn(Wire):
    approve: bool


class ResolutionOut(Wire):
    id: str
    incoming_transfer_id: str
    way: Way
    wallet_id: str | None
    top_up_id: str | None
    reason: str
    state: ResolutionState
    requested_by: str
    decided_by: str | None
    """Who approved or rejected it, or retracted their own."""
    refused_code: str | None
    """Why the bank does not return the money."""
    flagged: bool
    """The bank's answer is overdue, or cannot be true."""
    created_at: Moment
    decided_at: Moment | None
    final_at: Moment | None

    @classmethod
    def of(cls, row: Resolution) -> ResolutionOut:
        return cls(
            id=str(row.id),
            incoming_transfer_id=str(row.incoming_id),
            way=Way(row.way),
            wallet_id=None if row.wallet_id is None else str(row.wallet_id),
            top_up_id=None if row.top_up_id is None else str(row.top_up_id),
            reason=row.reason,
            state=ResolutionState(row.state),
            requested_by=str(row.requested_by),
            decided_by=None if row.decided_by is None else str(row.decided_by),
            refused_code=row.refused_code,
            flagged=row.flagged_at is not None,
            created_at=utc(row.created_at),
            decided_at=utc_or_none(row.decided_at),
            final_at=utc_or_none(row.final_at),
        )


class ResolutionsOut(PageOut[ResolutionOut]):
    pass
