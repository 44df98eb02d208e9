"""Who a marketplace speaks for: one party of a deal, whose row is locked for what the party decides."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.deals.views import show_deal
from api.dependencies import Tenant, only_oneself
from api.signals import Signal
from api.writes import Written
from domain.agreements import Party
from store.agreements import party_of
from store.deals import Deal, deal_of, lock_deal
from store.users import user_of
from store.verdicts import Standing


async def lock_for_party(session: AsyncSession, caller: Tenant, deal_id: UUID, user_id: UUID) -> tuple[Deal, Party]:
    """The marketplace's deal, locked, and which party of it the user is.

    Raises `NotFound` unknown_deal, unknown_user, `Conflict` not_a_party.
    """
    only_oneself(caller, user_id, "user_id")
    await deal_of(session, caller.marketplace_id, deal_id, party=caller.user_id)
    user = await user_of(session, caller.marketplace_id, user_id, "user_id")
    deal = await lock_deal(session, deal_id)
    return deal, party_of(deal, user)


async def decided(session: AsyncSession, deal: Deal, standing: Standing | None) -> Written:
    """The deal as the decision left it; it and whatever payments it decided about are signalled."""
    return Written.of(202, await show_deal(session, deal), deal, *signals_about(deal, standing))


def signals_about(deal: Deal, standing: object) -> tuple[Signal, ...]:
    """Whom to signal after a decision about a deal that left it in this `Standing`, if in any."""
    payments = standing.payments if isinstance(standing, Standing) else ()
    decided_about = standing.decided if isinstance(standing, Standing) else ()
    return Signal(deal), *(Signal(deal, payment) for payment in payments if payment.id in decided_about)
