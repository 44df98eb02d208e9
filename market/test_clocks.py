"""The time of a sandbox's deal, withdrawal, webhook endpoint or account is moved ahead; its workflow looks at once."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from market.actor import Actor, lock_visible_deal
from market.acts import Outcome
from market.signals import Signal
from store.banks.accounts import Account, account_of, begin_payouts_sooner
from store.deals.deals import Deal
from store.deals.test_clocks import move_ahead, require_sandbox
from store.operations.webhooks import WebhookEndpoint, endpoint_of
from store.payments.payments import payments_of
from store.payments.refunds import refunds_of
from store.people.users import user_of
from store.wallets.withdrawals import Withdrawal, withdrawal_of


async def advance(session: AsyncSession, actor: Actor, deal_id: UUID, by: timedelta) -> Outcome[Deal]:
    """Moves the time of a deal, with its payments, refunds and dispute, ahead; their workflows are signalled.

    Raises `NotFound` test_clock_off, unknown_deal, `Conflict` test_clock_too_far.
    """
    await require_sandbox(session)
    deal = await lock_visible_deal(session, actor, deal_id)
    await move_ahead(session, deal.id, by)
    rows = [deal, *await payments_of(session, deal.id), *await refunds_of(session, deal.id)]
    return Outcome(deal, deal, tuple(Signal(row, deal) for row in rows if row.final_at is None))


async def advance_withdrawal(
    session: AsyncSession, actor: Actor, withdrawal_id: UUID, by: timedelta
) -> Outcome[Withdrawal]:
    """The same for a withdrawal. Raises as `advance`, `NotFound` unknown_withdrawal."""
    await require_sandbox(session)
    withdrawal = await withdrawal_of(session, actor.marketplace_id, withdrawal_id, owner=actor.user_id, lock=True)
    await move_ahead(session, withdrawal.id, by)
    return Outcome(withdrawal, withdrawal, (Signal(withdrawal),) if withdrawal.final_at is None else ())


async def advance_endpoint(
    session: AsyncSession, actor: Actor, endpoint_id: UUID, by: timedelta
) -> Outcome[WebhookEndpoint]:
    """The same for a webhook endpoint, with what waits for it and its secrets.

    Raises as `advance`, `NotFound` unknown_webhook_endpoint.
    """
    await require_sandbox(session)
    endpoint = await endpoint_of(session, actor.marketplace_id, endpoint_id, lock=True)
    await move_ahead(session, endpoint.id, by)
    return Outcome(endpoint, endpoint, (Signal(endpoint),))


async def advance_account(
    session: AsyncSession, actor: Actor, user_id: UUID, account_id: UUID, by: timedelta
) -> Outcome[Account]:
    """The same for a bank account: if it was chosen for payouts, they begin to go to it that much sooner.

    Raises `NotFound` test_clock_off, unknown_user, unknown_account. No workflow waits for it.
    """
    await require_sandbox(session)
    user = await user_of(session, actor.marketplace_id, user_id, lock=True)
    account = await account_of(session, user.id, account_id)
    await begin_payouts_sooner(session, account, by)
    return Outcome(account, account)
