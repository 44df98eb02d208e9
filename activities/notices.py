"""Notices become mails: to both parties of a deal, or to one user, in his language. The workflow of mails runs them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from domain.deals import OPEN, PAID_OUT
from domain.money import Money
from domain.payments import Decision, PaymentState
from edge.database import Database
from edge.mailer import Mail
from edge.sealing import Sealer
from market.verdicts import COUNTED
from store.deals import Deal
from store.email_changes import secret_address
from store.events import Event
from store.mails import put_mail
from store.notices import Notice, next_notice, told
from store.payments import Payment, payments_of
from store.refunds import refunds_of
from store.reminders import remind
from store.steps import unpaid_when_it_ended
from store.users import User
from texts.mails import has_mail, write

log = structlog.get_logger()

MAX_AT_A_TIME: Final = 500  # a run then ends within its time-out, and the next one goes on

Facts = dict[str, str]


class NoticeActivities:
    def __init__(self, database: Database, sealer: Sealer, public_url: str) -> None:
        self._database = database
        self._sealer = sealer
        self._public_url = public_url

    @activity.defn
    async def note_deadlines(self) -> int:
        """Notes deadlines that are near, for both parties; returns how many."""
        return await self._database.run(remind)

    @activity.defn
    async def tell_notices(self) -> int:
        """Turns waiting notices into waiting mails, oldest first; returns how many.

        One that cannot be told is left, logged, and tried again by the next run: it holds up no other.
        """
        done = after = 0
        while done < MAX_AT_A_TIME:
            seen: list[int] = []

            async def tell(session: AsyncSession, after: int = after, seen: list[int] = seen) -> None:
                notice = await next_notice(session, after)
                if notice is not None:
                    seen.append(notice.id)
                    await self._tell(session, notice)

            try:
                await self._database.run(tell)
            except Exception as error:
                if not seen:
                    raise
                log.warning("notice_not_told", notice=seen[-1], error=type(error).__name__)
            else:
                done += bool(seen)
            if not seen:
                break
            after = seen[-1]
        return done

    async def _tell(self, session: AsyncSession, notice: Notice) -> None:
        if notice.event_id is not None:
            await self._tell_of_event(session, notice)
        else:
            assert notice.user_id is not None
            facts = dict(notice.data)
            if "deal_id" in facts:
                facts = await _facts(session, await session.get_one(Deal, UUID(facts["deal_id"]))) | facts
            await self._write(session, notice.user_id, notice.kind, notice.key, facts)
        await told(session, notice)

    async def _tell_of_event(self, session: AsyncSession, notice: Notice) -> None:
        event = await session.get_one(Event, notice.event_id)
        deal = await session.get_one(Deal, event.deal_id)
        payment = None if event.payment_id is None else await session.get_one(Payment, event.payment_id)
        if not _is_news(deal, payment, event.type):
            return
        if event.type in ("deal.completed", "deal.split") and await unpaid_when_it_ended(session, deal):
            return  # mailed when the last of it has reached the seller
        if event.type == "deal.overridden" and await _was_paid_out(session, event):
            return  # its refund is mailed
        facts = await _facts(session, deal, payment)
        if event.type == "refund.refunded":
            refund = next(r for r in await refunds_of(session, deal.id) if r.number == event.data["number"])
            facts["amount"] = str(refund.amount(deal.currency))
        news = _news(event)
        for role, user_id in _readers(deal, event, news):
            await self._write(session, user_id, f"{news}/{role}", f"{notice.key}/{role}", facts)

    async def _write(self, session: AsyncSession, user_id: UUID, kind: str, key: str, facts: Facts) -> None:
        user = await session.get_one(User, user_id)
        words = write(kind, user.language, self._public_url, facts)
        to = await secret_address(session, user) if kind.startswith("account.") else user.email
        await put_mail(session, self._sealer, Mail(to, *words, f"notice/{key}", user.language))


def _is_news(deal: Deal, payment: Payment | None, type_: str) -> bool:
    """No to what another letter tells, or what is over by now."""
    match type_, payment:
        case "payment.held", Payment(amount_minor=deal.price_minor):
            return False  # that the whole price is paid is the deal's to say
        case "payment.failed", _:
            return deal.state in OPEN
        case "payment.refunded", Payment(decision=decision):
            return decision == Decision.RETURN  # released money goes back by a refund, which is told itself
    return True


async def _was_paid_out(session: AsyncSession, event: Event) -> bool:
    """Returns whether the seller of the event's deal had been paid before the event."""
    paid_out = [f"deal.{state}" for state in PAID_OUT]
    earlier = select(Event.id).where(Event.subject_id == event.subject_id, Event.number < event.number)
    return await session.scalar(earlier.where(Event.type.in_(paid_out)).limit(1)) is not None


def _news(event: Event) -> str:
    """The first part of the names of an event's mails; an operator's decision has mails for each of its kinds."""
    return f"{event.type}_{event.data['kind']}" if event.type == "deal.overridden" else event.type


def _readers(deal: Deal, event: Event, news: str) -> Iterator[tuple[str, UUID]]:
    """Role and user id of each reader: the parties for whom there is a mail, or only the one who did not act."""
    parties = {"buyer": deal.buyer_id, "seller": deal.seller_id}
    if has_mail(f"{news}/other"):
        yield from (("other", user_id) for role, user_id in parties.items() if role != event.data.get("by"))
    yield from ((role, user_id) for role, user_id in parties.items() if has_mail(f"{news}/{role}"))


async def _facts(session: AsyncSession, deal: Deal, payment: Payment | None = None) -> Facts:
    """What letters say about a deal, as it is now."""
    counted = [each for each in await payments_of(session, deal.id) if PaymentState(each.state) in COUNTED]
    left = Money(max(deal.price_minor - sum(each.amount_minor for each in counted), 0), deal.currency)
    facts = {
        "deal_id": str(deal.id),
        "title": deal.title,
        "price": str(deal.price),
        "left": str(left),
        "until": deal.pay_by.isoformat(),
        "back": str(Money(deal.split_minor or 0, deal.currency)),
    }
    return facts if payment is None else facts | {"amount": str(payment.amount), "total": str(payment.total)}
