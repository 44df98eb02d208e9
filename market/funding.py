"""Money from the buyer's wallet for a deal: when the seller confirms a service, or as soon as the wallet has it.

Deals that wait on one wallet are funded in the order in which they were agreed on: none overtakes another, not even a
cheaper one. Money counts if it was in the wallet by `pay_by`, however late somebody looks. Money of a gateway counts
from when it was paid, by the gateway's record: a deal waits until everything is read that may have come in time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from domain.deals import in_time
from domain.money import Money
from domain.payments import COMMITTED, MAX_PAYMENTS_PER_DEAL
from ledger.accounts import lock_balances
from store.chain.cursors import known_until
from store.deals.deals import Deal
from store.payments.opening import hold_from_wallet
from store.payments.payments import Payment
from store.wallets.funding import came_after, first_waiting, news_since, stop_waiting
from store.wallets.top_ups import gateways_to_wait_for
from store.wallets.wallets import wallet_for


async def end_leave(session: AsyncSession, deal: Deal) -> None:
    """A locked deal takes nothing more from the buyer's wallet, unless the buyer allows it again.

    A payment that it took was cancelled, which only an operator does: else it would take the same money again.
    """
    if deal.waits_on is not None:
        await stop_waiting(session, deal)
    deal.from_wallet = False


async def fund(session: AsyncSession, deal: Deal, payments: Sequence[Payment], now: datetime) -> Payment | None:
    """All that is left to pay of a locked, open deal, held in the buyer's wallet, or None: then the deal waits for it.

    `payments` are the deal's, locked; `now` was read after the deal's lock. The deal begins to wait with the wallet's
    account locked: a later credit of the wallet sees it waiting.
    """
    wallet = await wallet_for(session, deal.buyer_id, deal.currency)
    payment = None
    at = await had_it_at(session, deal, now)
    left_minor = deal.price_minor - sum(each.amount_minor for each in payments if each.state in COMMITTED)
    room = left_minor > 0 and len(payments) < MAX_PAYMENTS_PER_DEAL
    enough = room and at is not None and (in_time(now, deal.pay_by) or await _came_in_time(session, deal, left_minor))
    if at is not None and enough and not await behind_others(session, deal):
        payment = await hold_from_wallet(session, deal, wallet, Money(left_minor, deal.currency), at)
    if payment is None:
        deal.waits_on = wallet.account_id
    return payment


async def _came_in_time(session: AsyncSession, deal: Deal, needed_minor: int) -> bool:
    """Whether the wallet has as much without what came too late for a deal that waits; its account stays locked."""
    account_id = deal.waits_on
    if account_id is None:
        return False
    balances = await lock_balances(await session.connection(), {account_id})
    late_minor = await came_after(session, account_id, deal.pay_by)
    return balances[account_id].available_minor - late_minor >= needed_minor


async def may_still_come(session: AsyncSession, deal: Deal) -> bool:
    """Whether money for a deal whose time to pay is over may still turn up with a value time by `pay_by`.

    A top-up that names the deal is open, or one of the wallet on which it waits, and its gateway has not read so far.
    """
    for gateway in await gateways_to_wait_for(session, deal):
        until = await known_until(session, gateway)
        if until is None or until < deal.pay_by:
            return True
    return False


async def behind_others(session: AsyncSession, deal: Deal) -> bool:
    """Whether a deal that waits is not the first on its wallet. One that is just confirmed does not wait yet."""
    return deal.waits_on is not None and await first_waiting(session, deal.waits_on) != deal.id


async def had_it_at(session: AsyncSession, deal: Deal, now: datetime) -> datetime | None:
    """When the wallet has got what it has, as far as that matters: now, or, once the time to pay is over, the time of
    news from before that nobody has looked at. None: too late.
    """
    if in_time(now, deal.pay_by):
        return now
    since = None if deal.waits_on is None else await news_since(session, deal.waits_on)
    if since is None or not in_time(since, deal.pay_by):
        return None
    return max(since, deal.agreed_at)  # news may be older than the deal that it turns out to pay
