"""Mails that wait: requests for links are answered, then everything due is sent. Tried again until it is taken.

What is wrong with one mail, one request or one mailbox holds up no other: it is put aside and seen by operators.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.letters import email_letter, letters, together
from edge.database import Database
from edge.mailer import Mail, Mailer, MailFailed
from edge.sealing import Sealer
from store.email_changes import EmailChange, make_links, next_change, secret_address
from store.mails import Claimed, claim_mail, mail_refused, mail_sent, open_mail, part_ways, put_mail
from store.password_requests import PasswordRequest, answer, next_request
from store.users import User

log = structlog.get_logger()

Row = TypeVar("Row", PasswordRequest, EmailChange)

MAX_AT_A_TIME: Final = 200  # a run then ends within its time-out, and the next one goes on
MAX_AWAY: Final = 3  # so many in a row without an answer, and it is the server that is away: the rest waits too


class MailActivities:
    """`mailer` None: there is no mail server, and mails wait."""

    def __init__(
        self, database: Database, sealer: Sealer, pepper: bytes, mailer: Mailer | None, public_url: str
    ) -> None:
        self._database = database
        self._sealer = sealer
        self._pepper = pepper
        self._mailer = mailer
        self._url = public_url
        self._letter = letters(public_url)

    @activity.defn
    async def answer_password_requests(self) -> int:
        """Answers requests for links, and for another address, with mails that wait; returns how many.

        One that cannot be answered is left, logged, and tried again by the next run.
        """

        async def request(session: AsyncSession, found: PasswordRequest) -> None:
            await answer(session, found, self._sealer, self._pepper, self._letter)

        return await self._each(next_request, request) + await self._each(next_change, self._tell_of_change)

    async def _each(
        self,
        find: Callable[[AsyncSession, UUID | None], Awaitable[Row | None]],
        do: Callable[[AsyncSession, Row], Awaitable[None]],
    ) -> int:
        done = 0
        after: UUID | None = None
        while done < MAX_AT_A_TIME:
            seen: list[UUID] = []

            async def work(session: AsyncSession, after: UUID | None = after, seen: list[UUID] = seen) -> None:
                row = await find(session, after)
                if row is not None:
                    seen.append(row.id)
                    await do(session, row)

            try:
                await self._database.run(work)
            except Exception as error:
                if not seen:
                    raise
                log.warning("request_not_answered", request=str(seen[-1]), error=type(error).__name__)
            else:
                done += bool(seen)
            if not seen:
                break
            after = seen[-1]
        return done

    async def _tell_of_change(self, session: AsyncSession, change: EmailChange) -> None:
        """Both owners: the new address is confirmed, the old one may be kept."""
        user = await session.get_one(User, change.user_id)
        confirm, keep = await make_links(session, self._pepper, change)
        kept = await secret_address(session, user)
        for to, token, kind in ((change.email_after, confirm, "confirm"), (kept, keep, "keep")):
            said = email_letter(kind, user.language, user.name, self._url, token)
            await put_mail(session, self._sealer, Mail(to, *said, f"email-change/{change.id}/{kind}"), urgent=True)

    @activity.defn
    async def send_codes(self) -> int:
        """Sends the codes and links that are due; returns how many mails the server took."""
        return await self._send(urgent_alone=True)

    @activity.defn
    async def send_mails(self) -> int:
        """Sends what is due, codes and links first; returns how many mails the server took."""
        return await self._send(urgent_alone=False)

    async def _send(self, *, urgent_alone: bool) -> int:
        sent = away = 0
        for _ in range(MAX_AT_A_TIME if self._mailer is not None else 0):
            if away == MAX_AWAY:
                break
            async with self._database.transaction() as session:
                claimed = await claim_mail(session, urgent_alone=urgent_alone)
            if claimed is None:
                break
            try:
                taken = await self._send_one(claimed)
            except MailFailed as failed:
                await self._refuse(claimed, failed)
                away = away + 1 if failed.away else 0
            else:
                sent, away = sent + taken, 0
        return sent

    async def _send_one(self, claimed: Claimed) -> bool:
        """Sends what was claimed; False when some of it cannot be read: then each part is tried by itself."""
        assert self._mailer is not None
        mails: list[Mail] = []
        broken: dict[UUID, str] = {}
        for part in claimed.parts:
            try:
                mails.append(open_mail(self._sealer, claimed.recipient, part))
            except Exception as error:  # noqa: BLE001  # a key that is gone, a row that somebody broke
                broken[part.id] = f"not opened: {type(error).__name__}"
                log.warning("mail_not_opened", mail=str(part.id), error=type(error).__name__)
        if broken:
            async with self._database.transaction() as session:
                await part_ways(session, claimed, broken)
            return False
        key = next(part.key for part in claimed.parts if part.id == claimed.id)
        await self._mailer.send(together(mails, key))
        async with self._database.transaction() as session:
            await mail_sent(session, claimed)
        return True

    async def _refuse(self, claimed: Claimed, failed: MailFailed) -> None:
        async with self._database.transaction() as session:
            given_up = await mail_refused(session, claimed, str(failed), permanent=failed.permanent)
        log.warning("mail_not_taken", mail=str(claimed.id), reason=str(failed), given_up=given_up)
