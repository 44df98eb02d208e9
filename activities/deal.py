"""A deal's activities: each is one transaction under the deal's lock, and may run twice."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from domain.deals import FINAL, OPEN, CloseReason
from domain.money import Money
from domain.payments import FINAL as PAYMENT_FINAL
from edge.database import Database
from payloads.deal import CloseDeal, DealRef, DealView
from store import verdicts
from store.verdicts import Standing


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
        wait_s=standing.wait_s if deal.state in OPEN else None,
        held=str(Money(standing.held_minor, deal.currency)),
        price=str(deal.price),
        pay_by=deal.pay_by.isoformat(timespec="milliseconds"),
        unresolved=[str(payment_id) for payment_id in standing.unresolved],
        unfinished=[
            str(payment.id) for payment in standing.payments if payment.decision and payment.state not in PAYMENT_FINAL
        ],
        decided=[str(payment_id) for payment_id in standing.decided],
        open=deal.state in OPEN,
        final=deal.state in FINAL,
        flagged=deal.flagged_at is not None,
    )
