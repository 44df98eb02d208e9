"""A deal's activities: each is one step under the deal's lock, and may run twice."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from temporalio import activity

from activities.steps import Steps
from bank.banks import Banks
from domain.deals import CloseReason
from edge.database import Database
from market import deals
from market.signals import Signaller
from payloads.deal import CloseDeal, DealRef, DealView
from rails.closing import bank_side


class DealActivities:
    def __init__(self, database: Database, banks: Banks, signaller: Signaller) -> None:
        self._database = database
        self._banks = banks
        self._steps = Steps(database, signaller)

    @activity.defn
    async def assess_deal(self, ref: DealRef) -> DealView:
        """Moves the deal as far as its rows allow and returns its state."""
        return await self._steps.take(partial(deals.assess, deal_id=UUID(ref.deal_id), shown_pay_by=ref.pay_by))

    @activity.defn
    async def end_deal(self, ref: DealRef) -> DealView:
        """Compares a deal whose money has all moved with its banks, and ends it once books and banks agree."""
        side = await bank_side(self._database, self._banks, UUID(ref.deal_id))
        return await self._steps.book(partial(deals.end, side=side))

    @activity.defn
    async def close_deal(self, order: CloseDeal) -> DealView:
        """Closes the deal to new money, unless by the database's clock there is still time to pay."""
        reason = CloseReason(order.reason)
        return await self._steps.take(partial(deals.close, deal_id=UUID(order.deal_id), reason=reason))
