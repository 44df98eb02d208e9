from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from api.fields import Id, Moment, MoneyIn, MoneyOut, PageOut
from domain.gateways import GatewayData, GatewayId
from domain.incoming_transfers import IncomingState
from domain.limits import MAX_REASON
from domain.top_ups import TopUpState
from edge.qr import qr_svg
from edge.wire import CleanText, Said, Timestamp, Wire, utc, utc_or_none
from store.chain.incoming_transfers import IncomingTransfer
from store.wallets.top_ups import TopUp


class TopUpIn(Wire):
    wallet_id: Id
    gateway: Annotated[CleanText, Field(max_length=40, description="One of `GET /gateways`.")]
    amount: MoneyIn
    pay_by: Annotated[
        Timestamp | None,
        Field(
            description="Until when money counts as in time, by when it was paid. Without it: as long as the gateway"
            " gives, and never later than the deal's.",
        ),
    ] = None
    deal_id: Annotated[
        Id | None,
        Field(
            description="The deal that it is to pay. The buyer lets the deal take what is left to pay from the wallet,"
            " without a code, as soon as the wallet has it."
        ),
    ] = None


class FailureIn(Wire):
    reason: Annotated[Said, Field(min_length=1, max_length=MAX_REASON, description="The owner of the wallet reads it.")]


class GatewayDataOut(Wire):
    """How to pay. `usdt_tron`: exactly `amount` to `address`; `uri` and `qr_svg` say both to a wallet app.

    `bank_transfer`: to `account` of `payee` at bank `bank_id`, with its name and requisite; `reference` goes into the
    details.
    """

    amount: MoneyOut
    pay_by: Moment
    address: str | None
    uri: str | None
    qr_svg: Annotated[str | None, Field(description="`uri` as a QR code: an SVG element.")]
    account: str | None
    bank_id: int | None
    bank: str | None
    requisite: str | None
    payee: str | None
    reference: str | None

    @classmethod
    def of(cls, top_up: TopUp, data: GatewayData) -> GatewayDataOut:
        return cls(
            amount=MoneyOut.of(top_up.amount),
            pay_by=utc(top_up.pay_by),
            address=data.address,
            uri=data.uri,
            qr_svg=None if data.uri is None else qr_svg(data.uri),
            account=data.account,
            bank_id=data.bank_id,
            bank=data.bank,
            requisite=data.requisite,
            payee=data.payee,
            reference=data.reference,
        )


class TopUpOut(Wire):
    """`received` was paid by `pay_by`, `late` after it; both are in the wallet. `seen` is not final, and not credited.

    All that arrives is credited, whenever it is read. `state` says how that compares with `amount`.
    """

    top_up_id: str
    wallet_id: str
    deal_id: str | None
    gateway: GatewayId
    state: TopUpState
    amount: MoneyOut
    received: MoneyOut
    late: MoneyOut
    seen: MoneyOut
    pay_by: Moment
    created_at: Moment
    ended_at: Moment | None

    @classmethod
    def of(cls, top_up: TopUp) -> TopUpOut:
        return cls.model_validate(_shown(top_up))


class IncomingOut(Wire):
    """`valued_at`: when it was paid, by the gateway's record. `held_back`: another source does not confirm it yet."""

    incoming_transfer_id: str
    external_id: str
    state: IncomingState
    amount: MoneyOut
    valued_at: Moment
    recorded_at: Moment

    @classmethod
    def of(cls, transfer: IncomingTransfer) -> IncomingOut:
        return cls(
            incoming_transfer_id=str(transfer.id),
            external_id=transfer.external_id,
            state=IncomingState(transfer.state),
            amount=MoneyOut.of(transfer.amount),
            valued_at=utc(transfer.valued_at),
            recorded_at=utc(transfer.seen_at),
        )


class AssignedTransferOut(IncomingOut):
    """One that nobody was known to expect, and that operators have assigned to a wallet."""

    wallet_id: str
    top_up_id: str | None

    @classmethod
    def assigned(cls, transfer: IncomingTransfer) -> AssignedTransferOut:
        top_up_id = None if transfer.top_up_id is None else str(transfer.top_up_id)
        return cls.model_validate(
            dict(IncomingOut.of(transfer)) | {"wallet_id": str(transfer.wallet_id), "top_up_id": top_up_id}
        )


class TopUpNowOut(TopUpOut):
    """With how to pay it (null once its gateway is switched off), and the newest 100 of what has arrived."""

    gateway_data: GatewayDataOut | None
    transfers: list[IncomingOut]

    @classmethod
    def now(cls, top_up: TopUp, data: GatewayData | None, transfers: Sequence[IncomingTransfer]) -> TopUpNowOut:
        shown = {
            "gateway_data": None if data is None else GatewayDataOut.of(top_up, data),
            "transfers": [IncomingOut.of(one) for one in transfers],
        }
        return cls.model_validate(_shown(top_up) | shown)


class TopUpsOut(PageOut[TopUpOut]):
    pass


def _shown(top_up: TopUp) -> dict[str, Any]:
    return {
        "top_up_id": str(top_up.id),
        "wallet_id": str(top_up.wallet_id),
        "deal_id": None if top_up.deal_id is None else str(top_up.deal_id),
        "gateway": GatewayId(top_up.gateway),
        "state": TopUpState(top_up.state),
        "amount": MoneyOut.of(top_up.amount),
        "received": MoneyOut.of(top_up.received),
        "late": MoneyOut.of(top_up.late),
        "seen": MoneyOut.of(top_up.seen),
        "pay_by": utc(top_up.pay_by),
        "created_at": utc(top_up.created_at),
        "ended_at": utc_or_none(top_up.final_at),
    }
