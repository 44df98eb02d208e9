"""A payment request's activity: resuming it from its row, and ending it once it has expired."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from temporalio import activity

from activities.steps import Steps
from edge.database import Database
from market import payment_requests
from market.signals import Signaller
from payloads.payment_request import PaymentRequestRef, PaymentRequestView


class PaymentRequestActivities:
    def __init__(self, database: Database, signaller: Signaller) -> None:
        self._steps = Steps(database, signaller)

    @activity.defn
    async def resume_request(self, ref: PaymentRequestRef) -> PaymentRequestView:
        """Ends the request if it was not answered and has expired, by the database's clock."""
        return await self._steps.take(partial(payment_requests.resume, request_id=UUID(ref.request_id)))
