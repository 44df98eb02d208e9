from __future__ import annotations

from functools import partial

from fastapi import APIRouter, Response

from api.dependencies import ServicesOfApp, WalletActor, WalletReader
from api.fields import After, Empty, IdInPath, Limit
from api.payment_requests.schemas import PaymentRequestIn, PaymentRequestOut, PaymentRequestsOut
from api.refusals import READS, WRITES
from api.wallets.lists import listed_in_wallet
from api.writes import Write
from edge.documents import refusing
from fronts.paging import PAGE_SIZE
from fronts.writes import written
from market import payment_requests
from store.wallets.payment_requests import request_of, requests_of

router = APIRouter(tags=["payment requests"])


@router.post(
    "/payment-requests",
    summary="Create a payment request",
    status_code=201,
    response_model=PaymentRequestOut,
    responses=refusing(
        WRITES,
        {404: "unknown_wallet", 409: "same_wallet wrong_currency wallet_closed", 422: "bad_amount unknown_currency"},
    ),
)
async def create_payment_request(body: PaymentRequestIn, caller: WalletActor, write: Write) -> Response:
    """The payee asks for money; the payer confirms or declines. A client asks for their own wallet."""
    act = partial(
        payment_requests.ask,
        actor=caller,
        payee_wallet_id=body.to_wallet_id,
        payer_wallet_id=body.from_wallet_id,
        money=body.amount.money("amount"),
        details=body.details,
        expires_in=body.expires_in,
    )
    return await write.answer(caller, body, written(201, act, PaymentRequestOut.of))


@router.post(
    "/payment-requests/{request_id}/confirmation",
    summary="Confirm a payment request",
    response_model=PaymentRequestOut,
    responses=refusing(
        WRITES,
        {
            403: "other_party",
            404: "unknown_request",
            409: "request_ended request_expired insufficient_funds wallet_closed balance_limit",
        },
    ),
)
async def confirm_payment_request(request_id: IdInPath, body: Empty, caller: WalletActor, write: Write) -> Response:
    """The payer confirms: the money is transferred at once, irrevocably."""
    work = written(200, lambda session: payment_requests.confirm(session, caller, request_id), PaymentRequestOut.of)
    return await write.answer(caller, body, work)


@router.post(
    "/payment-requests/{request_id}/decline",
    summary="Decline a payment request",
    response_model=PaymentRequestOut,
    responses=refusing(WRITES, {403: "other_party", 404: "unknown_request", 409: "request_ended request_expired"}),
)
async def decline_payment_request(request_id: IdInPath, body: Empty, caller: WalletActor, write: Write) -> Response:
    """The payer declines; nothing is transferred."""
    work = written(200, lambda session: payment_requests.decline(session, caller, request_id), PaymentRequestOut.of)
    return await write.answer(caller, body, work)


@router.post(
    "/payment-requests/{request_id}/retraction",
    summary="Retract a payment request",
    response_model=PaymentRequestOut,
    responses=refusing(WRITES, {403: "other_party", 404: "unknown_request", 409: "request_ended request_expired"}),
)
async def retract_payment_request(request_id: IdInPath, body: Empty, caller: WalletActor, write: Write) -> Response:
    """The payee retracts it; nothing is transferred."""
    work = written(200, lambda session: payment_requests.retract(session, caller, request_id), PaymentRequestOut.of)
    return await write.answer(caller, body, work)


@router.get(
    "/payment-requests/{request_id}",
    summary="Get a payment request",
    responses=refusing(READS, {404: "unknown_request"}),
)
async def get_payment_request(request_id: IdInPath, caller: WalletReader, services: ServicesOfApp) -> PaymentRequestOut:
    async with services.database.transaction() as session:
        found = await request_of(session, caller.marketplace_id, request_id, party=caller.user_id)
        return PaymentRequestOut.of(found)


@router.get(
    "/wallets/{wallet_id}/payment-requests",
    summary="List a wallet's payment requests",
    responses=refusing(READS, {404: "unknown_wallet"}),
)
async def list_payment_requests(
    wallet_id: IdInPath, caller: WalletReader, services: ServicesOfApp, after: After = None, limit: Limit = PAGE_SIZE
) -> PaymentRequestsOut:
    """The requests in which the wallet pays or is paid, oldest first."""
    found = await listed_in_wallet(services, caller, wallet_id, requests_of, after, limit)
    return PaymentRequestsOut.of(found, limit, PaymentRequestOut.of)
