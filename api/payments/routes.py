from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from api.dependencies import Caller, Requires, RequiresTenant, ServicesOfApp, Tenant, only_party
from api.fields import Empty, IdInPath
from api.payments.schemas import OperatorPaymentOut, PaymentIn, PaymentOut, PayoutAccountIn, RefundAccountIn
from api.payments.sources import Named, source_of
from api.payments.views import show, show_operator
from api.signals import Signal
from api.writes import Written
from domain.errors import Conflict
from domain.roles import Role, Scope
from edge.idempotency import IdempotencyKey
from edge.problem import problems
from store.accounts import account_of, usable
from store.codes import first_code
from store.deals import deal_of, lock_deal
from store.payments import lock_with_deal, open_payment, payment_of
from store.redirections import name_refund_account
from store.steps import cancel_payment, name_payout_account

router = APIRouter(tags=["payments"])

Actor = Annotated[Tenant, Depends(RequiresTenant(scope=Scope.PAYMENTS, client=True))]
PayoutActor = Annotated[Tenant, Depends(RequiresTenant(scope=Scope.PAYOUTS, client=True))]
Reader = Annotated[Caller, Depends(Requires(scope=Scope.PAYMENTS, client=True, role=Role.OPERATOR))]

_WRITES = problems(401, 403, 404, 409, 413, 422, 503)


@router.post("/deals/{deal_id}/payments", status_code=201, response_model=PaymentOut, responses=_WRITES)
async def pay(
    request: Request,
    deal_id: IdInPath,
    body: PaymentIn,
    key: IdempotencyKey,
    caller: Actor,
    services: ServicesOfApp,
) -> Response:
    """Pays all that is left of a deal, or a part of it, from an account of the buyer at a bank or from his wallet.

    The amount is reserved at once; the payer's bank, or the platform for a wallet, then mails him a code.
    """
    amount = None if body.amount is None else body.amount.money("amount")
    named = Named(body.account_id, body.wallet_id)

    async def work(session: AsyncSession) -> Written:
        await deal_of(session, caller.marketplace_id, deal_id, party=caller.user_id)
        deal = await lock_deal(session, deal_id)
        only_party(caller, deal.buyer_id)
        source = await source_of(session, deal, named)
        payment = await open_payment(session, deal, source, amount)
        await first_code(session, payment)
        return Written.of(201, await show(session, payment), payment, Signal(deal, payment))

    return await services.writes.answer(request, caller.name, key, body, work)


@router.get(
    "/payments/{payment_id}",
    response_model=OperatorPaymentOut | PaymentOut,
    responses=problems(401, 403, 404, 422, 503),
)
async def read_payment(payment_id: IdInPath, caller: Reader, services: ServicesOfApp) -> PaymentOut:
    async with services.database.snapshot() as session:
        payment = await payment_of(session, caller.marketplace_id, payment_id, party=caller.user_id)
        return await show_operator(session, payment) if caller.is_operator else await show(session, payment)


@router.post("/payments/{payment_id}/cancellation", status_code=202, response_model=PaymentOut, responses=_WRITES)
async def cancel(
    request: Request,
    payment_id: IdInPath,
    body: Empty,
    key: IdempotencyKey,
    caller: Actor,
    services: ServicesOfApp,
) -> Response:
    """Cancels a payment that holds no money and has no code with the bank. Its amount is free again at once."""

    async def work(session: AsyncSession) -> Written:
        await payment_of(session, caller.marketplace_id, payment_id, party=caller.user_id)
        deal, payment = await lock_with_deal(session, payment_id)
        only_party(caller, deal.buyer_id)
        await cancel_payment(session, payment)
        return Written.of(202, await show(session, payment), payment, Signal(deal, payment))

    return await services.writes.answer(request, caller.name, key, body, work)


@router.post("/payments/{payment_id}/payout-account", status_code=202, response_model=PaymentOut, responses=_WRITES)
async def pay_out_elsewhere(
    request: Request,
    payment_id: IdInPath,
    body: PayoutAccountIn,
    key: IdempotencyKey,
    caller: PayoutActor,
    services: ServicesOfApp,
) -> Response:
    """Names another account of the seller for a payment whose credit his bank refused and that is owed to him."""

    async def work(session: AsyncSession) -> Written:
        await payment_of(session, caller.marketplace_id, payment_id, party=caller.user_id)
        deal, payment = await lock_with_deal(session, payment_id)
        only_party(caller, deal.seller_id)
        account = await account_of(session, deal.seller_id, body.account_id)
        usable(account)
        if account.currency != payment.currency:
            raise Conflict("wrong_currency", "The payment is in another currency.", "account_id")
        await name_payout_account(session, payment, account.number)
        return Written.of(202, await show(session, payment), payment, Signal(deal, payment))

    return await services.writes.answer(request, caller.name, key, body, work)


@router.post("/payments/{payment_id}/refund-account", status_code=202, response_model=PaymentOut, responses=_WRITES)
async def refund_elsewhere(
    request: Request,
    payment_id: IdInPath,
    body: RefundAccountIn,
    key: IdempotencyKey,
    caller: Reader,
    services: ServicesOfApp,
) -> Response:
    """Names another account or wallet of the payer for what goes back of a payment, when the account is closed."""
    named = Named(body.account_id, body.wallet_id)

    async def work(session: AsyncSession) -> Written:
        await payment_of(session, caller.marketplace_id, payment_id, party=caller.user_id)
        deal, payment = await lock_with_deal(session, payment_id)
        only_party(caller, deal.buyer_id)
        refunds = await name_refund_account(session, deal, payment, await source_of(session, deal, named))
        signals = [Signal(deal, refund=refund) for refund in refunds]
        return Written.of(202, await show(session, payment), payment, *signals)

    return await services.writes.answer(request, caller.name, key, body, work)
