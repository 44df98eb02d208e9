"""Refunds: what was released is clawed back from seller and platform, then the closing statement is compared again."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from temporalio import activity

from activities.steps import Steps
from bank.banks import Banks
from domain.payments import Step
from edge.database import Database
from market import refunds
from market.signals import Signaller
from payloads.refund import RefundRef, RefundView
from rails.closing import bank_side
from rails.rails import Rails
from store.payments.payments import payment_of
from store.payments.refunds import refund_of
from store.payments.steps import step_of, steps_of


class RefundActivities:
    def __init__(self, database: Database, banks: Banks, rails: Rails, signaller: Signaller) -> None:
        self._database = database
        self._banks = banks
        self._rails = rails
        self._steps = Steps(database, signaller)

    @activity.defn
    async def claw_back(self, ref: RefundRef) -> RefundView:
        """Takes the next planned step, if it is this refund's turn: the payer gets a part of what was released."""
        async with self._database.transaction() as session:
            seen = await refunds.view_of(session, UUID(ref.refund_id))
            if not seen.value.steps:
                return seen.value
            about = seen.value.steps[0]
            payment = await payment_of(session, None, UUID(about.payment_id))
            step = await step_of(session, payment.id, Step(about.name), about.number)
            refund = await refund_of(session, None, UUID(ref.refund_id))
            paid_out = await steps_of(session, payment.id)
        answer = await self._rails.of(payment).claw_back(payment, step, refund, paid_out)
        return await self._steps.book(partial(refunds.record_clawback, ref=about, answer=answer))

    @activity.defn
    async def try_clawback_again(self, ref: RefundRef) -> RefundView:
        """Plans what the bank finally refused again, under new numbers."""
        return await self._steps.take(partial(refunds.try_clawback_again, refund_id=UUID(ref.refund_id)))

    @activity.defn
    async def compare_again(self, ref: RefundRef) -> RefundView:
        """The deal had ended before the refund: its books and its banks are compared again."""
        async with self._database.transaction() as session:
            refund = await refund_of(session, None, UUID(ref.refund_id))
        side = await bank_side(self._database, self._banks, refund.deal_id)
        return await self._steps.book(partial(refunds.compare_again, refund_id=refund.id, side=side))
