from __future__ import annotations

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request
from fastapi.security import APIKeyHeader

from api.bank_webhooks.schemas import WebhookIn, WebhookOut
from api.dependencies import ServicesOfApp
from api.fields import IdInPath
from domain.keys import funded_account
from edge.documents import refusing
from edge.problem import problems
from edge.webhooks import ID, SIGNATURE, TIMESTAMP, verify
from fronts.services import Services
from market.bank_clients import webhook_secrets
from market.bank_statements import record_news
from market.liquidity import claw_back_again, pay_withdrawal_again, short_refunds, short_withdrawals
from market.signals import Signal
from store.banks.bank_clients import BankClientRow, serves
from store.banks.bank_webhooks import note_webhook
from store.payments.payments import Payment
from store.payments.refunds import Refund, refund_of_key
from store.wallets.withdrawals import withdrawal_of_bank_key

router = APIRouter(tags=["bank webhooks"])

_SIGNATURE = APIKeyHeader(name=SIGNATURE, auto_error=False, description="By the Standard Webhooks convention.")


Signature = Annotated[str | None, Depends(_SIGNATURE)]
Message = Annotated[str | None, Header(alias=ID, description="Id of the message; a repeat has the same.")]
Timestamp = Annotated[str | None, Header(alias=TIMESTAMP, description="Seconds since 1970.")]


async def _signed(
    request: Request,
    services: ServicesOfApp,
    signature: Signature,
    message: Message = None,
    timestamp: Timestamp = None,
) -> None:
    """By the client of the settings."""
    secret = services.settings.bank_webhook_secret
    secrets = [] if secret is None else [secret.get_secret_value()]
    verify(secrets, _headers(signature, message, timestamp), await request.body())


async def _signed_by_client(
    client_id: IdInPath,
    request: Request,
    services: ServicesOfApp,
    signature: Signature,
    message: Message = None,
    timestamp: Timestamp = None,
) -> UUID:
    """By a registered client. One that is not known is as good as one whose secret is not known."""
    async with services.database.transaction() as session:
        row = await session.get(BankClientRow, client_id)
    secrets = [] if row is None else webhook_secrets(services.sealer, row)
    verify(secrets, _headers(signature, message, timestamp), await request.body())
    return client_id


def _headers(signature: str | None, message: str | None, timestamp: str | None) -> dict[str, str]:
    return {ID: message or "", TIMESTAMP: timestamp or "", SIGNATURE: signature or ""}


@router.post(
    "/bank-webhooks",
    summary="Receive a bank's webhook",
    responses=refusing(problems(401, 413, 422, 503), {401: "bad_signature"}),
    dependencies=[Depends(_signed)],
)
async def receive_bank_webhook(body: WebhookIn, services: ServicesOfApp) -> WebhookOut:
    """The bank reports that an answer is ready: the payment asks for it now. A repeat makes it ask again."""
    return await _received(services, body, None)


@router.post(
    "/bank-webhooks/{client_id}",
    summary="Receive a webhook of a registered bank client",
    responses=refusing(problems(401, 413, 422, 503), {401: "bad_signature"}),
)
async def receive_client_webhook(
    body: WebhookIn, client_id: Annotated[UUID, Depends(_signed_by_client)], services: ServicesOfApp
) -> WebhookOut:
    """The same from a registered client, signed with its own secret. It reports on its own banks only."""
    return await _received(services, body, client_id)


async def _received(services: Services, body: WebhookIn, client_id: UUID | None) -> WebhookOut:
    data = body.data
    if (account := funded_account(data.key)) is not None:
        return WebhookOut(status="noted" if await _funded(services, account, client_id) else "not_ours")
    async with services.database.transaction() as session:
        withdrawal = await withdrawal_of_bank_key(session, data.key)
        if withdrawal is not None and not await serves(session, client_id, withdrawal.bank_id):
            return WebhookOut(status="not_ours")
    if withdrawal is not None:  # its bank is asked now, and by the redriver if this signal is lost
        services.signals.send(Signal(withdrawal, ask=True))
        return WebhookOut(status="noted")
    async with services.database.transaction() as session:
        noted = await note_webhook(session, client_id, data.key, data.operation, data.status)
        refund_id = await refund_of_key(session, data.key)
    if noted is None:
        return WebhookOut(status="not_ours")
    if refund_id is None:
        services.signals.ask_again(Payment, noted[0])
    else:
        services.signals.ask_again(Refund, refund_id)
    return WebhookOut(status="noted")


async def _funded(services: Services, account: str, client_id: UUID | None) -> bool:
    """Retries now everything that waits for money on our account, the rest follows within the hour; and has its
    statement read.
    """
    async with services.database.transaction() as session:
        bank_id = await record_news(session, account)
        if bank_id is None or not await serves(session, client_id, bank_id):
            return False
        withdrawals, refunds = await short_withdrawals(session, bank_id), await short_refunds(session, bank_id)
    for withdrawal_id in withdrawals:
        withdrawal = await services.database.run(partial(pay_withdrawal_again, withdrawal_id=withdrawal_id))
        services.signals.send(Signal(withdrawal))
    for refund_id in refunds:
        deal, refund = await services.database.run(partial(claw_back_again, refund_id=refund_id))
        services.signals.send(Signal(refund, deal))
    return True
