"""A deal as its banks see it: every operation with the deal's reference, for the closing statement."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from sqlalchemy import func, select

from bank.banks import Banks
from bank.client import Operation, Refused
from domain.payments import CREDITS
from domain.wallets import PLATFORM
from edge.database import Database
from market.flags import flag_deal
from payloads.closing import BankSide, OperationLine
from rails.asking import only_ask
from store.banks.banks import Bank
from store.payments.payments import Payment
from store.payments.steps import StepRow, resolved


async def bank_side(database: Database, banks: Banks, deal_id: UUID) -> BankSide:
    """Every operation that the banks have with the deal's reference; raises while one does not answer."""
    accounts = select(func.array_agg(Bank.commission_account)).scalar_subquery()
    of_deal = (
        select(StepRow, Payment.payer_bank, accounts)
        .select_from(Payment)
        .outerjoin(StepRow, Payment.id == StepRow.payment_id)
        .where(Payment.deal_id == deal_id)
    )
    async with database.reading() as session:
        found = (await session.execute(of_deal)).all()
    steps, payers = [step for step, _, _ in found if step is not None], {payer for _, payer, _ in found}
    commissions = set(found[0][2]) if found else set()
    # Money for a seller's wallet is also credited to the platform's account, but is no commission.
    for_sellers = {step.operation for step in steps if step.name in CREDITS}
    lines: list[OperationLine] = []
    for bank in {id(client): client for client in [await banks.of(one) for one in payers or {PLATFORM}]}.values():
        answer = await only_ask(partial(bank.operations, str(deal_id)), partial(flag_deal, database, deal_id))
        if isinstance(answer, Refused):
            raise RuntimeError(f"the banks refuse to list the operations of a deal: {answer.code}")
        lines += [_line(operation, commissions, for_sellers) for operation in answer.value]
    return BankSide(str(deal_id), lines, resolved(steps))


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
