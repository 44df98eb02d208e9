"""Ways to bring money from outside into a wallet: currencies, limits, fees."""

from __future__ import annotations

from fastapi import APIRouter

from api.dependencies import ServicesOfApp, WalletReader
from api.fields import MoneyOut
from api.refusals import READS
from domain.gateways import Gateway, GatewayId, Limits
from edge.wire import Wire

router = APIRouter(tags=["top-ups"])


class LimitsOut(Wire):
    """For one top-up. `fee` is what the platform takes out of it; the sender's own costs are extra."""

    currency: str
    minimum: MoneyOut
    maximum: MoneyOut
    fee: MoneyOut

    @classmethod
    def of(cls, limits: Limits) -> LimitsOut:
        return cls(
            currency=limits.currency,
            minimum=MoneyOut.of(limits.minimum),
            maximum=MoneyOut.of(limits.maximum),
            fee=MoneyOut.of(limits.fee),
        )


class GatewayOut(Wire):
    """`pay_within_s`: how long there is to pay unless `pay_by` says otherwise; `pay_within_at_most_s`: the longest."""

    gateway: GatewayId
    limits: list[LimitsOut]
    pay_within_s: int
    pay_within_at_most_s: int

    @classmethod
    def of(cls, gateway: Gateway) -> GatewayOut:
        return cls(
            gateway=gateway.id,
            limits=[LimitsOut.of(limits) for limits in gateway.limits],
            pay_within_s=int(gateway.pay_within.total_seconds()),
            pay_within_at_most_s=int(gateway.at_most.total_seconds()),
        )


class GatewaysOut(Wire):
    items: list[GatewayOut]


@router.get("/gateways", summary="List gateways", responses=READS)
async def list_gateways(caller: WalletReader, services: ServicesOfApp) -> GatewaysOut:
    """The gateways that are on here, for `POST /top-ups`."""
    return GatewaysOut(items=[GatewayOut.of(gateway.rules) for gateway in services.gateways])
