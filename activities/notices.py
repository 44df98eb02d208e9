"""Notices become mails: to both parties of a deal, one user, or staff. Run by the workflow of mails."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from domain.deals import OPEN, PAID_OUT, DealState
from domain.money import Money
from domain.payments import PaymentState
from edge.codes import grouped
from edge.database import Database, is_outage
from edge.mailer import Mail
from edge.sealing import Sealer
from market.verdicts import COUNTED
from rails.asking import beating
from store.deals.contracts import Contract, milestones_of
from store.deals.deals import Deal
from store.deals.disputes import newest_dispute
from store.deals.messages import note_unread
from store.deals.reminders import remind
from store.deals.statuses import EVENT as STATUS_SET
from store.mail.mails import put_mails
from store.mail.notices import Notice, defer, end_notices, next_notices, sealing_context
from store.payments.events import Event
from store.payments.overrides import why_decided
from store.payments.payables import unpaid_when_it_ended
from store.payments.payments import Payment, payments_of
from store.payments.refunds import refunds_of
from store.people.email_changes import secret_address
from store.people.operators import administrators_with_address, arbiter_still, arbiters_with_address
from store.people.users import User
from texts.mails import has_mail, write

log = structlog.get_logger()

AT_A_TIME: Final = 100  # notices per transaction: a deal is read once for all of its notices
STAFF_LANGUAGE: Final = "en"  # as at /admin
MAX_AT_A_TIME: Final = 2_000  # a run then ends within its time-out, and the next one continues

Facts = dict[str, Any]


class NoticeActivities:
    def __init__(self, database: Database, sealer: Sealer, public_url: str) -> None:
        self._database = database
        self._sealer = sealer
        self._public_url = public_url

    @activity.defn
    async def note_deadlines(self) -> int:
        """Records deadlines that are near, for both parties, and messages left unread, for readers: how many."""
        async with beating():
            near = await self._database.run(remind)
            return near + await self._database.run(partial(note_unread, limit=MAX_AT_A_TIME))

    @activity.defn
    async def write_codes(self) -> int:
        """Writes the mails with codes that were requested since the last run; returns how many."""
        async with beating():
            return await self._write_waiting(codes=True)

    @activity.defn
    async def tell_notices(self) -> int:
        """Turns all other waiting notices into waiting mails, oldest first; returns how many notices.

        One that cannot be written is logged and tried again later: it holds up no other.
        """
        async with beating():
            return await self._write_waiting(codes=False)

    async def _write_waiting(self, *, codes: bool) -> int:
        done = 0
        while done < MAX_AT_A_TIME:
            try:
                ended, seen = await self._database.run(partial(self._write_some, limit=AT_A_TIME, codes=codes))
            except DBAPIError as error:
                if is_outage(error):
                    raise
                # The database refuses a mail, or a row cannot be read. Which one, shows when each is tried alone.
                ended, seen = await self._one_by_one(codes=codes)
            done += ended
            if not seen:
                break
        return done

    async def _one_by_one(self, *, codes: bool) -> tuple[int, int]:
        ended = seen = 0
        for _ in range(AT_A_TIME):
            found: list[int] = []
            try:
                one, any_ = await self._database.run(partial(self._write_some, limit=1, codes=codes, found=found))
            except DBAPIError as error:
                if is_outage(error) or not found:
                    raise
                log.warning("notice_failed", notice=found[-1], error=type(error).__name__)
                await self._database.run(partial(defer, ids=found[-1:]))
                one, any_ = 0, 1
            ended, seen = ended + one, seen + any_
            if not any_:
                break
        return ended, seen

    async def _write_some(
        self, session: AsyncSession, *, limit: int, codes: bool, found: list[int] | None = None
    ) -> tuple[int, int]:
        """Writes the mails of some notices in one transaction; returns how many ended, and how many were waiting."""
        notices = await next_notices(session, limit, codes=codes)
        if found is not None:
            found.extend(notice.id for notice in notices)
        mails: list[Mail] = []
        ended: list[int] = []
        missed: list[int] = []
        for notice in notices:
            try:
                mails += await self._mails_of(session, notice)
            except DBAPIError:
                raise
            except Exception as error:  # noqa: BLE001  # no traceback: its frames may have codes in them
                log.warning("notice_failed", notice=notice.id, error=type(error).__name__)
                missed.append(notice.id)
            else:
                ended.append(notice.id)
        await put_mails(session, self._sealer, mails, urgent=codes)
        await end_notices(session, ended)
        await defer(session, missed)
        return len(ended), len(notices)

    async def _mails_of(self, session: AsyncSession, notice: Notice) -> list[Mail]:
        """The mails of a notice, one per reader; none when it is no longer news."""
        if notice.event_id is not None:
            return await self._mails_of_event(session, notice)
        if notice.staff:
            return await self._mails_to_administrators(session, notice)
        assert notice.user_id is not None
        facts = dict(notice.data)
        if "wallet_id" in facts:
            return [await self._wallet_mail(session, notice, facts)]
        if "deal_id" in facts:
            facts = await _facts(session, await session.get_one(Deal, UUID(facts["deal_id"]))) | facts
        return [await self._mail(session, notice.user_id, notice.kind, notice.key, facts)]

    async def _mails_of_event(self, session: AsyncSession, notice: Notice) -> list[Mail]:
        event = await session.get_one(Event, notice.event_id)
        deal = await session.get_one(Deal, event.deal_id)
        payment = None if event.payment_id is None else await session.get_one(Payment, event.payment_id)
        if event.type in ("payment.failed", "deal.confirmed") and deal.state not in OPEN:
            return []  # it cannot be paid any more, or is paid already
        if event.type == "deal.proposed" and deal.state != DealState.PROPOSED:
            return []  # it is answered
        if deal.milestone not in (None, 1) and (event.type == "deal.confirmed" or not deal.confirmed):
            return []  # a contract is answered as a whole: its first milestone says so
        if event.type in ("deal.completed", "deal.split") and await unpaid_when_it_ended(session, deal):
            return []  # mailed when the last of it has reached the seller
        if event.type == "deal.overridden" and await _was_paid_out(session, event):
            return []  # its refund is mailed
        facts = await _facts(session, deal, payment)
        if event.type == "refund.refunded":
            refund = next(r for r in await refunds_of(session, deal.id) if r.number == event.data["number"])
            facts["amount"] = str(refund.amount(deal.currency))
        if event.type.startswith("deal.dispute"):
            facts |= await _facts_of_dispute(session, deal, event)
        if event.type == "deal.overridden":
            facts["details"] = await why_decided(session, await newest_dispute(session, deal.id))
        if event.type == STATUS_SET:
            facts["status"] = event.data["names"]
        news = _news(event)
        to_arbiters = await self._mails_to_arbiters(session, notice, news, deal, facts)
        return to_arbiters + [
            await self._mail(session, user_id, f"{news}/{role}", f"{notice.key}/{party}", facts)
            for role, party, user_id in _readers(deal, event, news)
        ]

    async def _mails_to_arbiters(
        self, session: AsyncSession, notice: Notice, news: str, deal: Deal, facts: Facts
    ) -> list[Mail]:
        """To the arbiter who has taken the open dispute, else to all but the one who was too late."""
        if not has_mail(f"{news}/arbiter"):
            return []
        dispute = await newest_dispute(session, deal.id)
        if dispute is None or not dispute.is_open:
            return []
        readers, taken_by = await arbiters_with_address(session), await arbiter_still(session, dispute.arbiter_id)
        if taken_by is not None:
            readers = [each for each in readers if each.id == taken_by]
        facts = facts | {"dispute_id": str(dispute.id), "until": dispute.decide_by.isoformat()}
        words = write(f"{news}/arbiter", STAFF_LANGUAGE, self._public_url, facts)
        return [
            Mail(each.email, *words, f"notice/{notice.key}/operator/{each.id}", STAFF_LANGUAGE)
            for each in readers
            if each.email is not None and each.id != dispute.replaced_id
        ]

    async def _mails_to_administrators(self, session: AsyncSession, notice: Notice) -> list[Mail]:
        words = write(notice.kind, STAFF_LANGUAGE, self._public_url, notice.data)
        return [
            Mail(each.email, *words, f"notice/{notice.key}/operator/{each.id}", STAFF_LANGUAGE)
            for each in await administrators_with_address(session)
            if each.email is not None
        ]

    async def _mail(self, session: AsyncSession, user_id: UUID, kind: str, key: str, facts: Facts) -> Mail:
        user = await session.get_one(User, user_id)
        words = write(kind, user.language, self._public_url, facts)
        to = await secret_address(session, user) if kind.startswith("account.") else user.email
        return Mail(to, *words, f"notice/{key}", user.language)

    async def _wallet_mail(self, session: AsyncSession, notice: Notice, facts: Facts) -> Mail:
        user, to = await session.get_one(User, notice.user_id), ""
        if notice.sealed is not None:
            facts["code"] = grouped(self._sealer.open(notice.sealed, sealing_context(UUID(facts["wallet_id"]))))
            to = await secret_address(session, user)
        words = write(f"wallet.{notice.kind}", user.language, self._public_url, facts)
        return Mail(to or user.email, *words, f"notice/{notice.key}", user.language)


async def _facts_of_dispute(session: AsyncSession, deal: Deal, event: Event) -> Facts:
    """What a mail says about the deal's dispute: until when to answer, what an offer would give back, what was paid."""
    dispute = await newest_dispute(session, deal.id)
    facts: Facts = {} if dispute is None else {"until": dispute.answer_by.isoformat()}
    for name, fact in (("back_minor", "back"), ("undisputed_minor", "amount")):
        if (minor := event.data.get(name)) is not None:
            facts |= {fact: str(Money(int(str(minor)), deal.currency))}
    return facts


async def _was_paid_out(session: AsyncSession, event: Event) -> bool:
    """Returns whether the seller of the event's deal had been paid before the event."""
    paid_out = [f"deal.{state}" for state in PAID_OUT]
    earlier = select(Event.id).where(Event.subject_id == event.subject_id, Event.number < event.number)
    return await session.scalar(earlier.where(Event.type.in_(paid_out)).limit(1)) is not None


def _news(event: Event) -> str:
    """The first part of the names of an event's mails; an operator's decision has mails for each of its kinds."""
    return f"{event.type}_{event.data['kind']}" if event.type == "deal.overridden" else event.type


def _readers(deal: Deal, event: Event, news: str) -> Iterator[tuple[str, str, UUID]]:
    """Role, party and user id of each reader: the parties for whom there is a mail, or those who did not act."""
    parties = {"buyer": deal.buyer_id, "seller": deal.seller_id}
    if has_mail(f"{news}/other"):
        yield from (("other", party, user_id) for party, user_id in parties.items() if party != event.data.get("by"))
    yield from ((party, party, user_id) for party, user_id in parties.items() if has_mail(f"{news}/{party}"))


async def _facts(session: AsyncSession, deal: Deal, payment: Payment | None = None) -> Facts:
    """Facts about a deal for its mails, as it is now."""
    counted = [each for each in await payments_of(session, deal.id) if PaymentState(each.state) in COUNTED]
    left = Money(max(deal.price_minor - sum(each.amount_minor for each in counted), 0), deal.currency)
    facts: Facts = {
        "deal_id": str(deal.id),
        "title": deal.title,
        "price": str(deal.price),
        "left": str(left),
        "until": (deal.pay_by if deal.confirmed or deal.answer_by is None else deal.answer_by).isoformat(),
        "back": str(Money(deal.split_minor or 0, deal.currency)),
    }
    if deal.contract_id is not None and not deal.confirmed:
        contract = await session.get_one(Contract, deal.contract_id)
        minor = sum(milestone.price_minor for milestone in await milestones_of(session, contract.id))
        facts |= {"title": contract.title, "price": str(Money(minor, deal.currency))}
    return facts if payment is None else facts | {"amount": str(payment.amount), "total": str(payment.total)}
