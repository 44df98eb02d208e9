"""Mails that wait: requests for links are answered, then everything due is sent. Tried again until it is taken."""

from __future__ import annotations

from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.letters import letters
from edge.database import Database
from edge.mailer import Mailer, MailFailed
from edge.sealing import Sealer
from store.mails import claim_mail, mail_refused, mail_sent
from store.password_requests import answer_next

log = structlog.get_logger()

MAX_AT_A_TIME: Final = 200  # a run then ends within its time-out, and the next one goes on


class MailActivities:
    """`mailer` None: there is no mail server, and mails wait."""

    def __init__(
        self, database: Database, sealer: Sealer, pepper: bytes, mailer: Mailer | None, public_url: str
    ) -> None:
        self._database = database
        self._sealer = sealer
        self._pepper = pepper
        self._mailer = mailer
        self._letter = letters(public_url)

    @activity.defn
    async def answer_password_requests(self) -> int:
        """Answers requests for links with mails that wait; returns how many."""

        async def answer(session: AsyncSession) -> bool:
            return await answer_next(session, self._sealer, self._pepper, self._letter)

        answered = 0
        while answered < MAX_AT_A_TIME and await self._database.run(answer):
            answered += 1
        return answered

    @activity.defn
    async def send_mails(self) -> int:
        """Sends what is due, oldest first; returns how many the server took."""
        sent = 0
        for _ in range(MAX_AT_A_TIME if self._mailer is not None else 0):
            async with self._database.transaction() as session:
                claimed = await claim_mail(session, self._sealer)
            if claimed is None:
                break
            mail_id, mail = claimed
            assert self._mailer is not None
            try:
                await self._mailer.send(mail)
            except MailFailed as failed:
                async with self._database.transaction() as session:
                    given_up = await mail_refused(session, mail_id, permanent=failed.permanent)
                log.warning("mail_not_taken", mail=str(mail_id), reason=str(failed), given_up=given_up)
                if not failed.permanent:
                    break  # the server is away: the rest waits too
            else:
                async with self._database.transaction() as session:
                    await mail_sent(session, mail_id)
                sent += 1
        return sent
