"""A payment request's activities: looking at it, and ending it once its time is over."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from domain.payment_requests import FINAL, RequestState
from edge.database import Database
from payloads.payment_request import PaymentRequestRef, PaymentRequestView
from store import clock
from store.payment_requests import PaymentRequest, expire, request_of


class PaymentRequestActivities:
    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn
    async def look_at_request(self, ref: PaymentRequestRef) -> PaymentRequestView:
        """Where the request stands, as its row says."""
        async with self._database.transaction() as session:
            return await _view(session, await request_of(session, None, UUID(ref.request_id)))

    @activity.defn
    async def expire_request(self, ref: PaymentRequestRef) -> PaymentRequestView:
        """Ends the request if nobody has answered it and its time is over, by the database's clock."""

        async def work(session: AsyncSession) -> PaymentRequestView:
            request = await request_of(session, None, UUID(ref.request_id), lock=True)
            await expire(session, request)
            return await _view(session, request)

        return await self._database.run(work)


async def _view(session: AsyncSession, request: PaymentRequest) -> PaymentRequestView:
    now = await clock.now(session, request.id)
    return PaymentRequestView(
        request_id=str(request.id),
        state=request.state,
        wait_s=(request.expires_at - now).total_seconds(),
        final=RequestState(request.state) in FINAL,
    )
