"""Mails that wait to be sent: written with what they tell of, in its transaction, and sent by the worker afterwards."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from edge.mailer import Mail
from edge.sealing import Sealer
from store.base import Base, Created, Id

LEASE: Final = timedelta(minutes=2)  # longer than one try may last; then another worker may take the mail
FIRST_PAUSE_S: Final = 10
MAX_PAUSE_S: Final = 3600
MAX_TRIES: Final = 60  # two days and a half with these pauses; a server that is away longer is no mail server


class WaitingMail(Base):
    __tablename__ = "mails"
    __table_args__ = (
        CheckConstraint("(num_nonnulls(sent_at, failed_at) = 0) = (sealed IS NOT NULL)", "wiped_at_the_end"),
        CheckConstraint("num_nonnulls(sent_at, failed_at) <= 1", "one_end"),
        Index("ix_mails_waiting", "next_try_at", postgresql_where=text("sealed IS NOT NULL")),
    )

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(unique=True)
    """Names the mail for ever; also its Message-ID."""
    recipient: Mapped[str]
    sealed: Mapped[bytes | None]
    """Subject and bodies, which may hold secrets; wiped once the mail is sent or given up."""
    tries: Mapped[int] = mapped_column(server_default=text("0"))
    next_try_at: Mapped[Created]
    sent_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    created_at: Mapped[Created]


async def put_mail(session: AsyncSession, sealer: Sealer, mail: Mail) -> None:
    """Has a mail sent after the commit; a key that was used before names that mail and changes nothing."""
    said = json.dumps({"subject": mail.subject, "text": mail.text, "html": mail.html})
    row = insert(WaitingMail).values(key=mail.key, recipient=mail.to, sealed=sealer.seal(said, _context(mail.key)))
    await session.execute(row.on_conflict_do_nothing())


async def claim_mail(session: AsyncSession, sealer: Sealer) -> tuple[UUID, Mail] | None:
    """The mail that is longest due, for `LEASE` ours alone; None when none is due."""
    due = (
        select(WaitingMail.id)
        .where(WaitingMail.sealed.is_not(None), WaitingMail.next_try_at <= func.clock_timestamp())
        .order_by(WaitingMail.next_try_at)
        .limit(1)
        .with_for_update(skip_locked=True, key_share=True)
        .scalar_subquery()
    )
    claimed = update(WaitingMail).where(WaitingMail.id == due)
    claimed = claimed.values(tries=WaitingMail.tries + 1, next_try_at=func.clock_timestamp() + LEASE)
    row = await session.scalar(claimed.returning(WaitingMail))
    if row is None or row.sealed is None:
        return None
    said = json.loads(sealer.open(row.sealed, _context(row.key)))
    return row.id, Mail(row.recipient, said["subject"], said["text"], said["html"], row.key)


async def mail_sent(session: AsyncSession, mail_id: UUID) -> None:
    sent = update(WaitingMail).where(WaitingMail.id == mail_id, WaitingMail.sealed.is_not(None))
    await session.execute(sent.values(sent_at=func.clock_timestamp(), sealed=None))


async def mail_refused(session: AsyncSession, mail_id: UUID, *, permanent: bool) -> bool:
    """Tries again later, with growing pauses; True when the mail is given up instead."""
    row = await session.scalar(select(WaitingMail).where(WaitingMail.id == mail_id).with_for_update(key_share=True))
    if row is None or row.sealed is None:
        return False
    if permanent or row.tries >= MAX_TRIES:
        row.failed_at, row.sealed = func.clock_timestamp(), None
    else:
        pause = timedelta(seconds=min(FIRST_PAUSE_S * 2 ** (row.tries - 1), MAX_PAUSE_S))
        row.next_try_at = func.clock_timestamp() + pause
    await session.flush()
    return row.sealed is None


def _context(key: str) -> str:
    return f"mail/{key}"
