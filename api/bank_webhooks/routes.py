from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request
from fastapi.security import APIKeyHeader

from api.bank_webhooks.schemas import WebhookIn, WebhookOut
from api.dependencies import ServicesOfApp
from domain.keys import funded_account
from edge.documents import refusing
from edge.problem import problems
from edge.webhooks import ID, SIGNATURE, TIMESTAMP, verify
from fronts.services import Services
from market.bank_statements import nudge
from market.liquidity import claw_back_again, pay_withdrawal_again, short_refunds, short_withdrawals
from market.signals import Signal
from store.banks.bank_webhooks import note_webhook
from store.payments.payments import Payment
from store.payments.refunds import Refund, refund_of_key
from store.wallets.withdrawals import withdrawal_of_bank_key

router = APIRouter(tags=["bank webhooks"])

_SIGNATURE = APIKeyHeader(name=SIGNATURE, auto_error=False, description="By the Standard Webhooks convention.")


async def _signed(
    request: Request,
    services: ServicesOfApp,
    signature: Annotated[str | None, Depends(_SIGNATURE)],
    message: Annotated[str | None, Header(alias=ID, description="Id of the message; a repeat has the same.")] = None,
    timestamp: Annotated[str | None, Header(alias=TIMESTAMP, description="Seconds since 1970.")] = None,
) -> str:
    secret = services.settings.bank_webhook_secret
    secrets = [] if secret is None else [secret.get_secret_value()]
    headers = {ID: message or "", TIMESTAMP: timestamp or "", SIGNATURE: signature or ""}
    return verify(secrets, headers, await request.body())


@router.post(
    "/bank-webhooks",
    summary="Receive a bank's webhook",
    responses=refusing(problems(401, 413, 422, 503), {401: "bad_signature"}),
)
async def receive_bank_webhook(
    body: WebhookIn, message: Annotated[str, Depends(_signed)], services: ServicesOfApp
) -> WebhookOut:
    """The bank reports that an answer is ready: the payment asks for it now. A repeat makes it ask again."""
    data = body.data
    if (account := funded_account(data.key)) is not None:
        return WebhookOut(status="noted" if await _funded(services, account) else "not_ours")
    if await _about_withdrawal(services, data.key):
        return WebhookOut(status="noted")
    async with services.database.transaction() as session:
        noted = await note_webhook(session, data.key, data.operation, data.status)
        refund_id = await refund_of_key(session, data.key)
    if noted is None:
        return WebhookOut(status="not_ours")
    if refund_id is None:
        services.signals.ask_again(Payment, noted[0])
    else:
        services.signals.ask_again(Refund, refund_id)
    return WebhookOut(status="noted")


async def _funded(services: Services, account: str) -> bool:
    """Retries now everything that waits for money on our account, the rest follows within the hour; and has its
    statement read.
    """
    async with services.database.transaction() as session:
        bank_id = await nudge(session, account)
        if bank_id is None:
            return False
        withdrawals, refunds = await short_withdrawals(session, bank_id), await short_refunds(session, bank_id)
    for withdrawal_id in withdrawals:
        withdrawal = await services.database.run(partial(pay_withdrawal_again, withdrawal_id=withdrawal_id))
        services.signals.send(Signal(withdrawal))
    for refund_id in refunds:
        deal, refund = await services.database.run(partial(claw_back_again, refund_id=refund_id))
        services.signals.send(Signal(refund, deal))
    return True


async def _about_withdrawal(services: Services, key: str) -> bool:
    """Whether the key is a withdrawal's: then its bank is asked now, and by the redriver if this signal is lost."""
    async with services.database.transaction() as session:
        withdrawal = await withdrawal_of_bank_key(session, key)
    if withdrawal is not None:
        services.signals.send(Signal(withdrawal, ask=True))
    return withdrawal is not None
