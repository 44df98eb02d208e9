"""A payment's activities: opening its operation, mailing codes, resuming it, cancelling it."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from temporalio import activity

from activities.steps import Steps
from domain.payments import FINAL
from edge.database import Database
from market import payments
from market.codes import record_code
from market.next_steps import resume, view_of
from market.signals import Signaller
from payloads.payment import CodeRef, PaymentRef, PaymentView
from rails.rails import Rails
from store.payments.payments import Payment, payment_with_deal


class PaymentActivities:
    def __init__(self, database: Database, rails: Rails, signaller: Signaller) -> None:
        self._database = database
        self._rails = rails
        self._steps = Steps(database, signaller)

    @activity.defn
    async def open_operation(self, ref: PaymentRef) -> PaymentView:
        """Has the payer's rail open the operation and mail the first code, as far as the rows still require it.

        The rail confirms the fee that was shown and that the money is available.
        """
        return await self._open(UUID(ref.payment_id))

    @activity.defn
    async def request_code(self, ref: CodeRef) -> PaymentView:
        """Has the code that the rows require mailed to the owner of the paying account."""
        return await self._open(UUID(ref.payment_id))

    async def _open(self, payment_id: UUID) -> PaymentView:
        async with self._database.reading() as session:
            deal, payment = await payment_with_deal(session, payment_id)
            view = None if _to_be_opened(payment) else await view_of(session, deal, payment)
        rail, operation = self._rails.of(payment), payment.operation
        if view is None:
            opened = await rail.open_operation(deal, payment)
            operation = opened.operation
            # At once: the mail may be faster than the bank's answer about it, and its code is accepted from here on.
            view = await self._steps.book(partial(payments.record_operation, payment_id=payment_id, answer=opened))
        if operation is None or view.code is None:
            return view
        sent = await rail.request_code(payment, operation, view.code)
        return await self._steps.book(partial(record_code, payment_id=payment_id, number=view.code, answer=sent))

    @activity.defn
    async def resume_payment(self, ref: PaymentRef) -> PaymentView:
        """Resumes the payment from its rows: after a signal without a hint, when others have decided about it."""
        return await self._steps.take(partial(resume, payment_id=UUID(ref.payment_id)))

    @activity.defn
    async def request_cancellation(self, ref: PaymentRef) -> PaymentView:
        """Stores that the payment should be cancelled: at once when it is idle, else the deal decides."""
        return await self._steps.take(partial(payments.request_cancellation, payment_id=UUID(ref.payment_id)))


def _to_be_opened(payment: Payment) -> bool:
    return payment.operation is None and payment.state not in FINAL
