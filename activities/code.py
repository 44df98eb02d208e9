"""Codes and debits: having a code mailed, redeeming a submitted one. The code is read here and never returned."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from temporalio import activity

from activities.steps import Steps
from edge.database import Database
from edge.sealing import Sealer
from market.codes import record_debit
from market.next_steps import unchanged_view
from market.signals import Signaller
from payloads.payment import AttemptRef, PaymentView
from rails.forcing import forced_answer
from rails.rails import Rails
from store.payments.codes import sealing_context
from store.payments.overrides import attempt_with_force


class CodeActivities:
    def __init__(self, database: Database, rails: Rails, sealer: Sealer, signaller: Signaller) -> None:
        self._database = database
        self._rails = rails
        self._sealer = sealer
        self._steps = Steps(database, signaller)

    @activity.defn
    async def debit(self, ref: AttemptRef) -> PaymentView:
        """Redeems the first unresolved code on the payment's rail, which holds amount and fee, both or neither.

        The answer is booked, and the deal decides, in one transaction.
        """
        async with self._database.reading() as session:
            payment, attempt, override = await attempt_with_force(session, UUID(ref.payment_id))
        if attempt is None or attempt.sealed_code is None:
            return await self._steps.take(partial(unchanged_view, payment_id=payment.id))
        number = attempt.number
        code = self._sealer.open(attempt.sealed_code, sealing_context(payment.id, number))
        answer = await self._rails.of(payment).debit(payment, attempt, code, forced_answer(payment, override))
        return await self._steps.book(partial(record_debit, payment_id=payment.id, number=number, answer=answer))
