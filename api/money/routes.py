from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from api.dependencies import Caller, Operator, Requires, ServicesOfApp
from api.fields import IdInPath, MoneyOut
from api.money.schemas import (
    ClosingStatementOut,
    DealMoneyOut,
    RefundMoneyOut,
    closing_statement_out,
    payment_money_out,
    words_out,
)
from api.refusals import READS
from domain.roles import Role, Scope
from domain.status_text import payment_status_text
from edge.documents import refusing
from edge.wire import utc
from market.status_text import status_text_of, status_texts_of_refunds
from store.deals.closings import books_of, closing_of
from store.deals.deals import deal_of
from store.payments.payments import payments_of
from store.payments.refunds import refunds_of

router = APIRouter(tags=["deals"])

Reader = Annotated[Caller, Depends(Requires(scope=Scope.DEALS, role=Role.OPERATOR))]


@router.get(
    "/deals/{deal_id}/money", summary="Get the money of a deal", responses=refusing(READS, {404: "unknown_deal"})
)
async def get_deal_money(deal_id: IdInPath, caller: Reader, services: ServicesOfApp) -> DealMoneyOut:
    """Where each cent is, what is awaited, from whom, until when, and what happens otherwise."""
    async with services.database.snapshot() as session:
        deal = await deal_of(session, caller.marketplace_id, deal_id)
        payments = await payments_of(session, deal.id)
        books = await books_of(session, payments)
        words = await status_text_of(session, deal, payments)
        refunds = await refunds_of(session, deal.id)
        of_refunds = await status_texts_of_refunds(session, deal, refunds)
    pay_by = utc(deal.pay_by)
    return DealMoneyOut(
        deal_id=str(deal.id),
        status_text=words_out(words),
        price=MoneyOut.of(deal.price),
        payments=[
            payment_money_out(
                deal,
                payment,
                payment_status_text(payment.state, pay_by, wallet=payment.from_wallet),
                books.get(str(payment.id)),
                for_operator=caller.is_operator,
            )
            for payment in payments
        ],
        refunds=[
            RefundMoneyOut(
                refund_id=str(refund.id),
                number=refund.number,
                status_text=words_out(words),
                amount=MoneyOut.of(refund.amount(deal.currency)),
            )
            for refund, words in zip(refunds, of_refunds, strict=True)
        ],
    )


@router.get(
    "/deals/{deal_id}/closing-statement",
    summary="Get a deal's closing statement",
    responses=refusing(READS, {404: "unknown_deal"}),
)
async def get_closing_statement(deal_id: IdInPath, caller: Operator, services: ServicesOfApp) -> ClosingStatementOut:
    """The deal's books beside its banks, line by line. A deal does not end before its statement balances."""
    async with services.database.snapshot() as session:
        deal = await deal_of(session, None, deal_id)
        payments = await payments_of(session, deal.id)
        return closing_statement_out(
            deal, payments, await books_of(session, payments), await closing_of(session, deal.id)
        )
