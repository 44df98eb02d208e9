"""The end of a hold: capture, credit and commission pay it out, a void frees it. Each is one step with one bank."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from uuid import UUID

from temporalio import activity

from activities.steps import Steps
from domain.payments import Step, StepState
from edge.database import Database
from market.acts import Outcome
from market.next_steps import unchanged_view
from market.releases import record_release, record_void
from market.signals import Signaller
from payloads.payment import BankAnswer, PaymentView, StepRef
from rails.forcing import forced_answer
from rails.rail import Rail
from rails.rails import Rails
from store.payments.overrides import step_with_force
from store.payments.payments import Payment
from store.payments.steps import StepRow

Ask = Callable[[Payment, StepRow, BankAnswer | None], Awaitable[BankAnswer]]
Record = Callable[..., Awaitable[Outcome[PaymentView]]]


class ReleaseActivities:
    """A step that was already answered asks no bank: rows decide, and the next step is returned."""

    def __init__(self, database: Database, rails: Rails, signaller: Signaller) -> None:
        self._database = database
        self._rails = rails
        self._steps = Steps(database, signaller)

    @activity.defn
    async def capture_hold(self, ref: StepRef) -> PaymentView:
        """Has the payer's rail capture what it holds. After it nothing is voided any more."""
        return await self._make(ref, lambda rail: rail.capture, record_release)

    @activity.defn
    async def credit_seller(self, ref: StepRef) -> PaymentView:
        """Has the amount less commission credited to the seller."""
        return await self._make(ref, lambda rail: rail.credit, record_release)

    @activity.defn
    async def pay_commission(self, ref: StepRef) -> PaymentView:
        """Has the commission credited to the platform."""
        return await self._make(ref, lambda rail: rail.credit, record_release)

    @activity.defn
    async def void_hold(self, ref: StepRef) -> PaymentView:
        """Has the payer's rail free what it holds; an operation that holds nothing yet accepts no code any more."""
        return await self._make(ref, lambda rail: rail.void, record_void)

    async def _make(self, ref: StepRef, ask_of: Callable[[Rail], Ask], record: Record) -> PaymentView:
        async with self._database.reading() as session:
            payment, step, override = await step_with_force(session, UUID(ref.payment_id), Step(ref.name), ref.number)
        if step.state != StepState.PLANNED:
            return await self._steps.take(partial(unchanged_view, payment_id=payment.id))
        answer = await ask_of(self._rails.of(payment))(payment, step, forced_answer(payment, override))
        return await self._steps.book(partial(record, ref=ref, answer=answer))
