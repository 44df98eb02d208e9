"""Before a deal ends: its books are compared with what its banks say, line by line."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.asking import only_ask
from bank.client import BankClient, Operation, Refused
from domain.payments import Step
from edge.database import Database
from payloads.closing import BankSide, ClosingView, OperationLine
from payloads.deal import DealRef
from store.banks import Bank
from store.closings import close_books
from store.deals import lock_deal
from store.payments import Payment, lock_payments_of
from store.refunds import refunds_were_compared
from store.steps import StepRow, steps_resolved


class ClosingActivities:
    def __init__(self, database: Database, bank: BankClient) -> None:
        self._database = database
        self._bank = bank

    @activity.defn
    async def ask_for_operations(self, ref: DealRef) -> BankSide:
        """Every operation that the banks have with the deal's reference, for as long as it takes to get an answer."""
        async with self._database.transaction() as session:
            commissions = set(await session.scalars(select(Bank.commission_account)))
            # What is for a seller's wallet is credited to the platform's account as well, and is no commission.
            credits_ = select(StepRow.operation).join(Payment, Payment.id == StepRow.payment_id)
            of_deal = Payment.deal_id == UUID(ref.deal_id), StepRow.name == Step.CREDIT
            for_sellers = set(await session.scalars(credits_.where(*of_deal)))
            resolved = await steps_resolved(session, UUID(ref.deal_id))
        answer = await only_ask(lambda: self._bank.operations(ref.deal_id), lambda: self._flag(ref))
        if isinstance(answer, Refused):
            raise RuntimeError(f"the banks refuse to tell of a deal: {answer.code}")
        lines = [_line(operation, commissions, for_sellers) for operation in answer.value]
        return BankSide(ref.deal_id, lines, resolved)

    @activity.defn
    async def record_closing(self, told: BankSide) -> ClosingView:
        """Compares both sides and stores what differs; the deal ends only once nothing does.

        Of an ended deal nothing is compared while money moves, or when some has since the banks were asked.
        """

        async def work(session: AsyncSession) -> ClosingView:
            deal = await lock_deal(session, UUID(told.deal_id))
            if deal.final_at is not None:
                resolved = await steps_resolved(session, deal.id)
                if resolved is None or resolved != told.resolved:
                    return ClosingView(told.deal_id, balanced=False, compared=False)
            closing = await close_books(session, deal, await lock_payments_of(session, deal.id), told.operations)
            if closing.balanced:
                await refunds_were_compared(session, deal.id, closing.checked_at)
            return ClosingView(told.deal_id, closing.balanced, closing.differences)

        return await self._database.run(work)

    async def _flag(self, ref: DealRef) -> None:
        async def work(session: AsyncSession) -> None:
            deal = await lock_deal(session, UUID(ref.deal_id))
            if deal.flagged_at is None:
                deal.flagged_at = func.clock_timestamp()

        await self._database.run(work)


def _line(operation: Operation, commissions: set[str], for_sellers: set[str | None]) -> OperationLine:
    return OperationLine(
        key=operation.key,
        kind=operation.kind,
        status=operation.status,
        amount_minor=operation.amount.minor,
        fee_minor=operation.fee.minor,
        commission=operation.payee_account in commissions and operation.key not in for_sellers,
        source=operation.source,
    )
