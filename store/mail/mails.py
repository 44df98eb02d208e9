"""Waiting mails: written in the transaction of what they report, and sent by the worker afterwards.

Codes and links are *urgent*: a person is waiting for them, so they go first and each in its own mail. Of the others,
those for one person become one mail, and a person gets at most one of them within `QUIET`: the first is sent at once,
the rest together.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Update, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from edge.mailer import Mail
from edge.sealing import Sealer
from store.base import Base, Created, Id

LEASE: Final = timedelta(minutes=2)  # longer than one try may last; then another worker may take the mail
QUIET: Final = timedelta(minutes=1)
LATE: Final = timedelta(minutes=10)
TOGETHER: Final = 50  # at most this many in one mail
FIRST_PAUSE_S: Final = 10
MAX_PAUSE_S: Final = 3600
MAX_TRIES: Final = 60  # two and a half days with these pauses; no mail server is down for longer


class WaitingMail(Base):
    __tablename__ = "mails"
    __table_args__ = (
        CheckConstraint("(num_nonnulls(sent_at, failed_at) = 0) = (sealed IS NOT NULL)", "wiped_at_the_end"),
        CheckConstraint("num_nonnulls(sent_at, failed_at) <= 1", "one_end"),
        CheckConstraint("leader_id IS NULL OR NOT urgent", "urgent_alone"),
        Index("ix_mails_waiting", text("urgent DESC"), "next_try_at", postgresql_where=text("sealed IS NOT NULL")),
        Index("ix_mails_of_recipient", "recipient", "id", postgresql_where=text("sealed IS NOT NULL AND NOT urgent")),
        Index("ix_mails_told", "recipient", "sent_at", postgresql_where=text("sent_at IS NOT NULL AND NOT urgent")),
        Index("ix_mails_leader", "leader_id", postgresql_where=text("leader_id IS NOT NULL AND sealed IS NOT NULL")),
        Index("ix_mails_failed", "failed_at", postgresql_where=text("failed_at IS NOT NULL")),
    )

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(unique=True)
    """The permanent name of the mail; also its Message-ID."""
    recipient: Mapped[str]
    sealed: Mapped[bytes | None]
    """Subject and bodies, which may hold secrets; wiped once the mail is sent or given up."""
    urgent: Mapped[bool] = mapped_column(server_default=text("false"))
    leader_id: Mapped[UUID | None] = mapped_column(ForeignKey("mails.id"))
    """The mail that it is sent in, once tried: a retry has the same content."""
    tries: Mapped[int] = mapped_column(server_default=text("0"))
    next_try_at: Mapped[Created]
    sent_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    failure: Mapped[str | None]
    """The reason of the last failure, or why it could not be written."""
    created_at: Mapped[Created]


@dataclass(frozen=True, slots=True)
class Sealed:
    """One of the mails that are sent together."""

    id: UUID
    key: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Claimed:
    """The content of one mail to one person, oldest first; `id` is the one by which they are claimed."""

    id: UUID
    recipient: str
    parts: Sequence[Sealed]


async def put_mail(session: AsyncSession, sealer: Sealer, mail: Mail, *, urgent: bool = False) -> None:
    """Stores a mail to be sent after the commit; a known key changes nothing."""
    await put_mails(session, sealer, [mail], urgent=urgent)


async def put_mails(session: AsyncSession, sealer: Sealer, mails: Sequence[Mail], *, urgent: bool = False) -> None:
    """Stores several in one statement."""
    if not mails:
        return
    quiet = {} if urgent else await _quiet_until(session, {mail.to for mail in mails})
    now = func.clock_timestamp()
    rows = [
        {
            "key": mail.key,
            "recipient": mail.to,
            "sealed": sealer.seal(_content(mail), _context(mail.key)),
            "urgent": urgent,
            "next_try_at": func.greatest(now, quiet.get(mail.to)) if mail.to in quiet else now,
        }
        for mail in mails
    ]
    await session.execute(insert(WaitingMail).values(rows).on_conflict_do_nothing())


async def _quiet_until(session: AsyncSession, recipients: Collection[str]) -> dict[str, datetime | None]:
    """Until when recipients who have just got a mail get no other one."""
    until = select(WaitingMail.recipient, func.max(WaitingMail.sent_at) + QUIET).group_by(WaitingMail.recipient)
    until = until.where(WaitingMail.recipient.in_(recipients), WaitingMail.sent_at.is_not(None), ~WaitingMail.urgent)
    return {row[0]: row[1] for row in await session.execute(until)}


def _content(mail: Mail) -> str:
    return json.dumps({"subject": mail.subject, "text": mail.text, "html": mail.html, "language": mail.language})


async def put_unwritten(session: AsyncSession, key: str, recipient: str, failure: str) -> None:
    """Shows operators that a mail could not be written; it is not retried."""
    row = insert(WaitingMail).values(key=key, recipient=recipient, failed_at=func.clock_timestamp(), failure=failure)
    await session.execute(row.on_conflict_do_nothing())


async def claim_mails(session: AsyncSession, limit: int, *, urgent_alone: bool = False) -> list[Claimed]:
    """The next mails to send, for `LEASE` ours alone: at most `limit`, urgent ones first, then the longest due.

    Concurrent claims get other mails. Of untried mails, a person gets one: the oldest due one leads, and the person's
    others are sent with it.
    """
    due = (
        select(WaitingMail)
        .where(WaitingMail.sealed.is_not(None), WaitingMail.next_try_at <= func.clock_timestamp())
        .where(WaitingMail.leader_id.is_(None))
        .order_by(WaitingMail.urgent.desc(), WaitingMail.next_try_at)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    )
    if urgent_alone:
        due = due.where(WaitingMail.urgent)
    leaders: list[WaitingMail] = []
    leads: dict[str, WaitingMail] = {}
    for mail in await session.scalars(due):
        alone = mail.urgent or mail.tries > 0
        if alone or mail.recipient not in leads:
            leaders.append(mail)
        if not alone:
            leads.setdefault(mail.recipient, mail)
    ids = [mail.id for mail in leaders]
    claimed = update(WaitingMail).where(WaitingMail.id.in_(ids))
    claimed = claimed.values(tries=WaitingMail.tries + 1, next_try_at=func.clock_timestamp() + LEASE)
    await session.execute(claimed, execution_options={"synchronize_session": False})
    await _gather(session, leads)
    parts = select(WaitingMail.id, WaitingMail.key, WaitingMail.sealed, WaitingMail.leader_id)
    parts = parts.where(or_(WaitingMail.id.in_(ids), WaitingMail.leader_id.in_(ids)), WaitingMail.sealed.is_not(None))
    together: dict[UUID, list[Sealed]] = {id_: [] for id_ in ids}
    for id_, key, content, leader_id in await session.execute(parts.order_by(WaitingMail.id)):
        if content is not None:
            together[leader_id or id_].append(Sealed(id_, key, content))
    return [Claimed(mail.id, mail.recipient, together[mail.id]) for mail in leaders]


async def unclaim(session: AsyncSession, claimed: Sequence[Claimed]) -> None:
    """Makes mails that were claimed and not tried due again at once."""
    again = _still_waiting([one.id for one in claimed])
    await session.execute(again.values(tries=WaitingMail.tries - 1, next_try_at=func.clock_timestamp()))


def open_mail(sealer: Sealer, recipient: str, part: Sealed) -> Mail:
    """The content of a claimed mail."""
    said = json.loads(sealer.open(part.content, _context(part.key)))
    return Mail(recipient, said["subject"], said["text"], said["html"], part.key, said.get("language", "en"))


async def mails_sent(session: AsyncSession, claimed: Sequence[Claimed]) -> None:
    sent = _still_waiting([part.id for one in claimed for part in one.parts])
    await session.execute(sent.values(sent_at=func.clock_timestamp(), sealed=None, failure=None))


async def mail_refused(session: AsyncSession, claimed: Claimed, failure: str, *, permanent: bool) -> bool:
    """Schedules a retry, with growing pauses; True when the mail is given up instead.

    Several that are finally refused together are retried one by one: the fault may be in only one of them.
    """
    leader = await session.scalar(
        select(WaitingMail).where(WaitingMail.id == claimed.id).with_for_update(key_share=True)
    )
    if leader is None or leader.sealed is None:
        return False
    if permanent and len(claimed.parts) > 1:
        await part_ways(session, claimed, {})
        return False
    if permanent or leader.tries >= MAX_TRIES:
        end = _still_waiting([part.id for part in claimed.parts])
        await session.execute(end.values(failed_at=func.clock_timestamp(), sealed=None, failure=failure))
        return True
    pause = timedelta(seconds=min(FIRST_PAUSE_S * 2 ** (leader.tries - 1), MAX_PAUSE_S))
    leader.next_try_at, leader.failure = func.clock_timestamp() + pause, failure
    await session.flush()
    return False


async def part_ways(session: AsyncSession, claimed: Claimed, broken: Mapping[UUID, str]) -> None:
    """Gives up the `broken` ones of claimed mails, by their failures, and has each of the others sent separately."""
    for mail_id, failure in broken.items():
        end = _still_waiting([mail_id]).values(failed_at=func.clock_timestamp(), sealed=None, failure=failure)
        await session.execute(end)
    others = _still_waiting([part.id for part in claimed.parts if part.id not in broken])
    alone = others.values(leader_id=None, tries=func.greatest(WaitingMail.tries, 1), next_try_at=func.clock_timestamp())
    await session.execute(alone)


class NotSent(NamedTuple):
    """How many mails and notices need an operator's attention."""

    failed: int
    """Given up within the last week."""
    unwritten: int
    """Notices of which no mail was made within `LATE`."""
    late: int
    """Mails that have waited longer than `LATE`."""


_NOT_SENT: Final = text(
    """
    SELECT (SELECT count(*) FROM mails WHERE failed_at > clock_timestamp() - interval '7 days'),
           (SELECT count(*) FROM notices WHERE told_at IS NULL AND sealed IS NULL AND created_at < late.since)
           + (SELECT count(*) FROM notices WHERE told_at IS NULL AND sealed IS NOT NULL AND created_at < late.since)
           + (SELECT count(*) FROM password_requests WHERE done_at IS NULL AND created_at < late.since),
           (SELECT count(*) FROM mails WHERE sealed IS NOT NULL AND created_at < late.since)
    FROM (SELECT clock_timestamp() - CAST(:late AS interval) AS since) late
    """
)


async def not_sent(session: AsyncSession) -> NotSent:
    return NotSent(*(await session.execute(_NOT_SENT, {"late": LATE})).one())


_GATHER: Final = text(
    """
    UPDATE mails SET leader_id = fresh.leader_id
    FROM (
        SELECT mail.id, leader.id AS leader_id
        FROM unnest(CAST(:ids AS uuid[]), CAST(:recipients AS text[])) AS leader (id, recipient)
        CROSS JOIN LATERAL (
            SELECT id FROM mails
            WHERE recipient = leader.recipient AND sealed IS NOT NULL AND NOT urgent
              AND leader_id IS NULL AND tries = 0
            ORDER BY id LIMIT :most FOR NO KEY UPDATE SKIP LOCKED
        ) mail
    ) fresh
    WHERE mails.id = fresh.id
    """
)


async def _gather(session: AsyncSession, leads: Mapping[str, WaitingMail]) -> None:
    """Adds the same people's other waiting, untried mails."""
    if leads:
        ids = [mail.id for mail in leads.values()]
        await session.execute(_GATHER, {"ids": ids, "recipients": list(leads), "most": TOGETHER - 1})


def _still_waiting(ids: Sequence[UUID]) -> Update:
    waiting = update(WaitingMail).where(WaitingMail.id.in_(ids), WaitingMail.sealed.is_not(None))
    return waiting.execution_options(synchronize_session=False)


def _context(key: str) -> str:
    return f"mail/{key}"
