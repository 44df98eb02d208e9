"""A deal's activities: each is one transaction under the deal's lock, and may run twice."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from domain.deals import FINAL, OPEN, CloseReason
from domain.money import Money
from domain.payments import FINAL as PAYMENT_FINAL
from domain.payments import PaymentState
from edge.database import Database
from market import verdicts
from market.verdicts import Standing, inspecting
from payloads.deal import CloseDeal, DealRef, DealView
from payloads.refund import RefundOrder
from store.deals import Deal
from store.refunds import Refund

MAX_NAMED = 5  # of the payments whose money moves: each is told of by itself, and a deal may have a hundred


class DealActivities:
    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn
    async def assess_deal(self, ref: DealRef) -> DealView:
        """Moves the deal as far as its rows allow and says where it stands."""

        async def work(session: AsyncSession) -> DealView:
            return _view(await verdicts.assess(session, UUID(ref.deal_id)))

        return await self._database.run(work)

    @activity.defn
    async def close_deal(self, order: CloseDeal) -> DealView:
        """Closes the deal to new money, unless the database's clock says that there is still time to pay."""

        async def work(session: AsyncSession) -> DealView:
            return _view(await verdicts.close(session, UUID(order.deal_id), CloseReason(order.reason)))

        return await self._database.run(work)


def _view(standing: Standing) -> DealView:
    deal = standing.deal
    return DealView(
        deal_id=str(deal.id),
        state=deal.state,
        verdict=deal.verdict,
        wait_s=standing.wait_s,
        held=str(Money(standing.held_minor, deal.currency)),
        price=str(deal.price),
        pay_by=_time(deal.pay_by),
        unresolved=[str(payment_id) for payment_id in standing.unresolved],
        unfinished=[
            str(payment.id) for payment in standing.payments if payment.decision and payment.state not in PAYMENT_FINAL
        ][:MAX_NAMED],
        decided=[str(payment_id) for payment_id in standing.decided],
        undecided=[
            str(payment.id)
            for payment in standing.payments
            if payment.decision is None and payment.state not in (*PAYMENT_FINAL, PaymentState.HELD)
        ],
        open=deal.state in OPEN,
        final=deal.state in FINAL,
        flagged=deal.flagged_at is not None,
        closing=standing.closing,
        inspect_by=_time(deal.inspect_by) if deal.inspect_by and inspecting(deal) else None,
        clawbacks=[_order(deal, refund) for refund in standing.clawbacks],
    )


def _order(deal: Deal, refund: Refund) -> RefundOrder:
    return RefundOrder(
        refund_id=str(refund.id),
        deal_id=str(deal.id),
        buyer_id=str(deal.buyer_id),
        seller_id=str(deal.seller_id),
        currency=deal.currency,
        amount=str(refund.amount(deal.currency)),
        cause=refund.cause,
    )


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
