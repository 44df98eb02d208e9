from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from api.dependencies import Caller, Requires, RequiresTenant, ServicesOfApp, Tenant
from api.fields import Empty, IdInPath
from api.payments.schemas import OperatorPaymentOut, PaymentIn, PaymentOut, PayoutAccountIn, RefundAccountIn
from api.payments.views import show, show_opened, show_operator
from api.refusals import READS, WRITES
from api.writes import Write
from domain.roles import Role, Scope
from edge.documents import refusing
from fronts.writes import shown
from market import payments
from store.payments.payments import payment_of

router = APIRouter(tags=["payments"])

Actor = Annotated[Tenant, Depends(RequiresTenant(scope=Scope.PAYMENTS, client=True))]
PayoutActor = Annotated[Tenant, Depends(RequiresTenant(scope=Scope.PAYOUTS, client=True))]
Reader = Annotated[Caller, Depends(Requires(scope=Scope.PAYMENTS, client=True, role=Role.OPERATOR))]


@router.post(
    "/deals/{deal_id}/payments",
    summary="Create a payment",
    status_code=201,
    response_model=PaymentOut,
    responses=refusing(
        WRITES,
        {
            403: "other_party",
            404: "unknown_deal unknown_account unknown_wallet",
            409: "account_unconfirmed currency_not_served deadline_passed deal_closed deal_unconfirmed "
            "bank_not_served banks_not_connected overpayment same_account too_many_payments too_many_unconfirmed "
            "wrong_currency insufficient_funds wallet_closed",
            422: "bad_amount unknown_currency",
        },
    ),
)
async def create_payment(deal_id: IdInPath, body: PaymentIn, caller: Actor, write: Write) -> Response:
    """Pays what is left of a deal, or a part of it, from a bank account or a wallet of the buyer.

    The amount is reserved at once. The payer's bank, or the platform for a wallet, then mails the payer a code.
    """
    amount = None if body.amount is None else body.amount.money("amount")
    source = payments.Source(body.account_id, body.wallet_id)
    work = shown(201, lambda session: payments.pay(session, caller, deal_id, source, amount), show_opened)
    return await write.answer(caller, body, work)


@router.get(
    "/payments/{payment_id}",
    summary="Get a payment",
    response_model=OperatorPaymentOut | PaymentOut,
    responses=refusing(READS, {404: "unknown_payment"}),
)
async def get_payment(payment_id: IdInPath, caller: Reader, services: ServicesOfApp) -> PaymentOut:
    async with services.database.snapshot() as session:
        payment = await payment_of(session, caller.marketplace_id, payment_id, party=caller.user_id)
        return await show_operator(session, payment) if caller.is_operator else await show(session, payment)


@router.post(
    "/payments/{payment_id}/cancellation",
    summary="Cancel a payment",
    status_code=202,
    response_model=PaymentOut,
    responses=refusing(
        WRITES, {403: "other_party", 404: "unknown_payment", 409: "attempt_unresolved payment_not_cancellable"}
    ),
)
async def cancel_payment(payment_id: IdInPath, body: Empty, caller: Actor, write: Write) -> Response:
    """Cancels a payment that holds no money and has no code with the bank. Its amount is free again at once."""
    work = shown(202, lambda session: payments.cancel(session, caller, payment_id), show)
    return await write.answer(caller, body, work)


@router.post(
    "/payments/{payment_id}/payout-account",
    summary="Set another account for a payout",
    status_code=202,
    response_model=PaymentOut,
    responses=refusing(
        WRITES,
        {
            403: "other_party",
            404: "unknown_payment unknown_account",
            409: "account_unconfirmed banks_not_connected nothing_owed refund_under_way wrong_currency "
            "currency_mismatch",
        },
    ),
)
async def set_payout_account(
    payment_id: IdInPath, body: PayoutAccountIn, caller: PayoutActor, write: Write
) -> Response:
    """Names another account of the seller for a payable payment, whose credit the seller's bank refused."""
    account_id = body.account_id
    work = shown(202, lambda session: payments.name_payout_account(session, caller, payment_id, account_id), show)
    return await write.answer(caller, body, work)


@router.post(
    "/payments/{payment_id}/refund-account",
    summary="Set another account for a refund",
    status_code=202,
    response_model=PaymentOut,
    responses=refusing(
        WRITES,
        {
            403: "other_party",
            404: "unknown_payment unknown_account unknown_wallet",
            409: "account_unconfirmed banks_not_connected refund_not_waiting wrong_currency same_account "
            "currency_not_served",
        },
    ),
)
async def set_refund_account(payment_id: IdInPath, body: RefundAccountIn, caller: Reader, write: Write) -> Response:
    """Names another account or wallet of the payer for refunds of a payment whose own account is closed."""
    source = payments.Source(body.account_id, body.wallet_id)
    work = shown(202, lambda session: payments.name_refund_account(session, caller, payment_id, source), show)
    return await write.answer(caller, body, work)
