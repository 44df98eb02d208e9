"""What waits for the worker, by one statement over all queues of a kind: looking costs little while nothing waits.

A queue that is read here has a partial index of its waiting rows. The time is the statement's, so that the index bounds
what is due.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from payloads.poller import CodesWaiting, HoldsWaiting, MailsWaiting, WalletsWaiting
from store.deals.reminders import NEAR, NEAR_BY

_CODES: Final = text(
    """
    SELECT EXISTS (SELECT FROM password_requests WHERE done_at IS NULL)
           OR EXISTS (SELECT FROM email_changes WHERE mailed_at IS NULL AND ended_at IS NULL),
           EXISTS (
               SELECT FROM notices
               WHERE told_at IS NULL AND sealed IS NOT NULL AND next_try_at <= statement_timestamp()
           ),
           EXISTS (
               SELECT FROM mails
               WHERE sealed IS NOT NULL AND urgent AND next_try_at <= statement_timestamp()
           )
    """
)
_MAILS: Final = """
    SELECT {near} OR EXISTS (SELECT FROM chat_sides WHERE mail_at <= statement_timestamp()),
           EXISTS (
               SELECT FROM notices
               WHERE told_at IS NULL AND sealed IS NULL AND next_try_at <= statement_timestamp()
           ),
           (
               SELECT read_id < greatest(upto_id, pg_sequence_last_value('ledger.transfers_id_seq'))
               FROM movement_cursor
           ),
           EXISTS (
               SELECT FROM mails
               WHERE sealed IS NOT NULL AND NOT urgent AND leader_id IS NULL AND next_try_at <= statement_timestamp()
           )
    """
_MAILS_ALONE: Final = text(_MAILS.format(near="false"))
_MAILS_AND_DEADLINES: Final = text(_MAILS.format(near=f"EXISTS (SELECT {NEAR})"))
_HOLDS: Final = text("SELECT EXISTS (SELECT FROM holds WHERE state = 'open' AND expires_at < statement_timestamp())")

_WALLETS: Final = text("SELECT EXISTS (SELECT FROM wallet_news WHERE done_at IS NULL)")


async def codes_waiting(session: AsyncSession) -> CodesWaiting:
    return CodesWaiting(*(await session.execute(_CODES)).one())


async def mails_waiting(session: AsyncSession, *, deadlines: bool) -> MailsWaiting:
    """`deadlines`: whether to look for near ones too, which reads every open deal."""
    found = session.execute(_MAILS_AND_DEADLINES, NEAR_BY) if deadlines else session.execute(_MAILS_ALONE)
    return MailsWaiting(*(await found).one())


async def holds_waiting(session: AsyncSession) -> HoldsWaiting:
    return HoldsWaiting(*(await session.execute(_HOLDS)).one())


async def wallets_waiting(session: AsyncSession) -> WalletsWaiting:
    return WalletsWaiting(*(await session.execute(_WALLETS)).one())
