from __future__ import annotations

from fastapi import APIRouter

from api.dependencies import AnyCaller, Operator, ServicesOfApp
from api.fields import IdInPath, MoneyOut
from api.money.schemas import (
    ClosingStatementOut,
    DealMoneyOut,
    closing_statement_out,
    payment_money_out,
    words_out,
)
from domain.payments import FINAL, PaymentState
from domain.standing import DealFacts, deal_standing, payment_standing
from edge.problem import problems
from edge.wire import utc, utc_or_none
from store.closings import books_of, closing_of
from store.deals import Deal, deal_of
from store.payments import Payment, payments_of
from store.refunds import is_final, refunds_of
from store.verdicts import inspecting

router = APIRouter(tags=["deals"])


@router.get("/deals/{deal_id}/money", responses=problems(401, 404, 422, 503))
async def read_money(deal_id: IdInPath, caller: AnyCaller, services: ServicesOfApp) -> DealMoneyOut:
    """Where each cent is, what is awaited, from whom, until when, and what happens if nothing comes."""
    async with services.database.transaction() as session:
        deal = await deal_of(session, caller.marketplace_id, deal_id)
        payments = await payments_of(session, deal.id)
        books = await books_of(session, payments)
        taking_back = any(not is_final(refund) for refund in await refunds_of(session, deal.id))
    pay_by = utc(deal.pay_by)
    return DealMoneyOut(
        deal_id=str(deal.id),
        standing=words_out(deal_standing(_facts(deal, payments, taking_back=taking_back))),
        price=MoneyOut.of(deal.price),
        payments=[
            payment_money_out(
                payment,
                payment_standing(payment.state, pay_by, wallet=payment.from_wallet),
                books.get(str(payment.id)),
                for_operator=caller.is_operator,
            )
            for payment in payments
        ],
    )


@router.get("/deals/{deal_id}/closing-statement", responses=problems(401, 403, 404, 422, 503))
async def read_closing_statement(deal_id: IdInPath, caller: Operator, services: ServicesOfApp) -> ClosingStatementOut:
    """The deal's books beside its banks, line by line. A deal does not end before its statement balances."""
    async with services.database.transaction() as session:
        deal = await deal_of(session, None, deal_id)
        payments = await payments_of(session, deal.id)
        return closing_statement_out(
            deal, payments, await books_of(session, payments), await closing_of(session, deal.id)
        )


def _facts(deal: Deal, payments: list[Payment], *, taking_back: bool) -> DealFacts:
    moving = [payment for payment in payments if payment.decision and payment.state not in FINAL]
    settled = all(payment.state == PaymentState.OWED for payment in moving)
    judged = deal.verdict is not None and deal.final_at is None and not inspecting(deal)
    return DealFacts(
        state=deal.state,
        pay_by=utc(deal.pay_by),
        verdict=deal.verdict,
        inspect_by=utc_or_none(deal.inspect_by) if inspecting(deal) else None,
        taking_back=taking_back and deal.final_at is None,
        unfinished=bool(moving),
        closing=judged and bool(payments) and settled and not taking_back,
    )
