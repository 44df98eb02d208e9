"""Reminders that were sent, by deal and deadline. An extended deadline is another one."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import ForeignKey, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.reminders import EARLIEST, QUARTER, SHORTEST
from edge.database import is_outage
from store.base import Base, Created
from store.deals.deals import Deal
from store.mail.notices import put_notice

log = structlog.get_logger()


class Reminder(Base):
    __tablename__ = "reminders"

    deal_id: Mapped[UUID] = mapped_column(ForeignKey("deals.id"), primary_key=True)
    ends_at: Mapped[datetime] = mapped_column(primary_key=True)
    """The deadline: `answer_by`, `pay_by` or `inspect_by` of the deal as it was then."""
    created_at: Mapped[Created]


# By the deal's own clock. Only people who must still act are reminded: the deal is proposed, open, or still inspected.
# All open deals are read for it, once.
NEAR: Final = """
    FROM (
        SELECT id,
               CASE state WHEN 'proposed' THEN 'answer' WHEN 'funded' THEN 'inspection' ELSE 'deadline' END AS subject,
               CASE state WHEN 'proposed' THEN created_at WHEN 'funded' THEN verdict_at
                          ELSE coalesce(confirmed_at, created_at) END AS since,
               CASE state WHEN 'proposed' THEN answer_by WHEN 'funded' THEN inspect_by ELSE pay_by END AS ends_at
        FROM deals
        WHERE final_at IS NULL
          AND (state IN ('awaiting_payment', 'partially_paid')
               OR state = 'proposed' AND coalesce(milestone, 1) = 1
               OR state = 'funded' AND released_at IS NULL)
    ) near
    WHERE ends_at - since >= CAST(:shortest AS interval)
      AND market_now(near.id) <= ends_at
      AND market_now(near.id)
          >= ends_at - least((ends_at - since) / CAST(:quarter AS integer), CAST(:earliest AS interval))
      AND NOT EXISTS (SELECT FROM reminders r WHERE r.deal_id = near.id AND r.ends_at = near.ends_at)
"""
NEAR_BY: Final = {"shortest": SHORTEST, "earliest": EARLIEST, "quarter": QUARTER}
_NEAR: Final = text(f"SELECT near.id, near.subject, near.ends_at {NEAR} ORDER BY near.ends_at")


async def remind(session: AsyncSession) -> int:
    """Records, once, each deadline that is near, with notices for both parties; returns how many deadlines.

    One that fails is left, logged, and tried again by the next run.
    """
    reminded = 0
    for id_, subject, ends_at in await session.execute(_NEAR, NEAR_BY):
        try:
            async with session.begin_nested():
                reminded += await _note(session, id_, subject, ends_at)
        except DBAPIError as error:
            if is_outage(error):
                raise
            log.warning("deadline_not_recorded", deal=str(id_), error=type(error).__name__)
    return reminded


async def _note(session: AsyncSession, deal_id: UUID, subject: str, ends_at: datetime) -> bool:
    noted = insert(Reminder).values(deal_id=deal_id, ends_at=ends_at).on_conflict_do_nothing()
    if await session.scalar(noted.returning(Reminder.deal_id)) is None:
        return False  # another worker was faster
    deal = await session.get_one(Deal, deal_id)
    for role, user_id in (("buyer", deal.buyer_id), ("seller", deal.seller_id)):
        key = f"deal/{deal_id}/{subject}/{ends_at.isoformat()}/{role}"
        data = {"deal_id": str(deal_id), "until": ends_at.isoformat()}
        await put_notice(session, user_id, f"deal.{subject}_near/{role}", key, data)
    return True
