"""Extensions: more time to pay, when both parties want it and the time is not over yet."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from domain.agreements import AgreementState, Party, Subject, may_be_extended
from domain.deals import DealState
from domain.errors import Conflict
from store import clock
from store.agreements import proposal, propose, resolve
from store.deals import Deal, record_event


async def extend(session: AsyncSession, deal: Deal, party: Party, pay_by: datetime) -> None:
    """Moves the deadline of a locked deal when the other party proposed the same one, else proposes it.

    Raises `Conflict` deal_closed, deadline_passed, already_proposed, `Malformed` bad_deadline.
    """
    now = await clock.now(session, deal.id)
    may_be_extended(DealState(deal.state), now, deal.pay_by, pay_by)
    open_ = await proposal(session, deal.id, Subject.EXTENSION)
    if open_ is None or open_.pay_by != pay_by:
        await propose(session, deal, Subject.EXTENSION, party, now, pay_by=pay_by)
        return
    if open_.proposed_by == party:
        raise Conflict("already_proposed", "The other party has not agreed yet.")
    await resolve(session, open_, AgreementState.AGREED)
    deal.pay_by = pay_by
    record_event(session, deal, "deal.extended", pay_by=pay_by.isoformat())
    await session.flush()
