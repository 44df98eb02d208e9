from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from api.dependencies import Services, ServicesOfApp, Tenant, WalletActor, WalletReader
from api.fields import PAGE_SIZE, After, Empty, IdInPath, Limit, page
from api.payment_requests.schemas import PaymentRequestIn, PaymentRequestOut, PaymentRequestsOut
from api.writes import Written
from edge.idempotency import IdempotencyKey
from edge.problem import problems
from market.actor import only_party
from market.signals import WalletSignal
from store.payment_requests import (
    PaymentRequest,
    ask_for_payment,
    confirm,
    decline,
    request_of,
    requests_of,
    users_of,
    withdraw,
)
from store.settled import settled
from store.wallets import wallet_of

router = APIRouter(tags=["payment requests"])

_WRITES: Final = problems(401, 403, 404, 409, 413, 422, 503)
_READS: Final = problems(401, 403, 404, 422, 503)
Decide = Callable[[AsyncSession, PaymentRequest], Awaitable[None]]


@router.post("/payment-requests", status_code=201, response_model=PaymentRequestOut, responses=_WRITES)
async def ask(
    request: Request, body: PaymentRequestIn, key: IdempotencyKey, caller: WalletActor, services: ServicesOfApp
) -> Response:
    """The payee asks for money; the payer confirms or declines. A client asks for his own wallet."""
    money = body.amount.money("amount")

    async def work(session: AsyncSession) -> Written:
        made = await ask_for_payment(
            session,
            caller.marketplace_id,
            body.to_wallet_id,
            body.from_wallet_id,
            money,
            details=body.details,
            expires_in=body.expires_in,
            owner=caller.user_id,
        )
        return Written.of(201, PaymentRequestOut.of(made), made, WalletSignal(made))

    return await services.writes.answer(request, caller.name, key, body, work)


@router.post("/payment-requests/{request_id}/confirm", response_model=PaymentRequestOut, responses=_WRITES)
async def confirm_request(
    request: Request,
    request_id: IdInPath,
    body: Empty,
    key: IdempotencyKey,
    caller: WalletActor,
    services: ServicesOfApp,
) -> Response:
    """The payer confirms: the money is transferred, at once and for good."""
    return await _decided(request, services, caller, key, body, request_id, confirm, payee=False)


@router.post("/payment-requests/{request_id}/decline", response_model=PaymentRequestOut, responses=_WRITES)
async def decline_request(
    request: Request,
    request_id: IdInPath,
    body: Empty,
    key: IdempotencyKey,
    caller: WalletActor,
    services: ServicesOfApp,
) -> Response:
    """The payer declines; nothing is transferred."""
    return await _decided(request, services, caller, key, body, request_id, decline, payee=False)


@router.post("/payment-requests/{request_id}/withdraw", response_model=PaymentRequestOut, responses=_WRITES)
async def withdraw_request(
    request: Request,
    request_id: IdInPath,
    body: Empty,
    key: IdempotencyKey,
    caller: WalletActor,
    services: ServicesOfApp,
) -> Response:
    """The payee does not ask any more."""
    return await _decided(request, services, caller, key, body, request_id, withdraw, payee=True)


@router.get("/payment-requests/{request_id}", responses=_READS)
async def read_request(request_id: IdInPath, caller: WalletReader, services: ServicesOfApp) -> PaymentRequestOut:
    async with services.database.transaction() as session:
        found = await request_of(session, caller.marketplace_id, request_id, party=caller.user_id)
        return PaymentRequestOut.of(found)


@router.get("/wallets/{wallet_id}/payment-requests", responses=_READS)
async def list_requests(
    wallet_id: IdInPath, caller: WalletReader, services: ServicesOfApp, after: After = None, limit: Limit = PAGE_SIZE
) -> PaymentRequestsOut:
    """The requests in which the wallet pays or is paid, oldest first."""
    until = await settled(services.database)
    async with services.database.transaction() as session:
        wallet = await wallet_of(session, caller.marketplace_id, wallet_id, owner=caller.user_id)
        found = await requests_of(session, wallet.id, after, limit + 1, until=until)
    shown, last = page(found, limit)
    return PaymentRequestsOut(
        items=[PaymentRequestOut.of(one) for one in shown], next=None if last is None else str(last.id)
    )


async def decide(
    session: AsyncSession, caller: Tenant, request_id: UUID, what: Decide, *, payee: bool
) -> PaymentRequest:
    """The request as the decision left it. A client decides for his own side alone: `Forbidden` other_party."""
    found = await request_of(session, caller.marketplace_id, request_id, party=caller.user_id, lock=True)
    to_be_paid, to_pay = await users_of(session, found)
    only_party(caller, to_be_paid if payee else to_pay)
    await what(session, found)
    return found


async def _decided(
    request: Request,
    services: Services,
    caller: Tenant,
    key: str,
    body: Empty,
    request_id: UUID,
    what: Decide,
    *,
    payee: bool,
) -> Response:
    async def work(session: AsyncSession) -> Written:
        found = await decide(session, caller, request_id, what, payee=payee)
        return Written.of(200, PaymentRequestOut.of(found), found, WalletSignal(found))

    return await services.writes.answer(request, caller.name, key, body, work)
