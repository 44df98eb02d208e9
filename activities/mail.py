"""Waiting mails: requests for links are answered, then everything due is sent, with retries until the server accepts
it.

A failure of one mail, one request or one mailbox holds up no other: it is put aside and shown to operators.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from edge.database import Database
from edge.mailer import Mail, Mailer, MailFailed
from edge.sealing import Sealer
from rails.asking import beating
from store.mail.mails import Claimed, claim_mails, mail_refused, mails_sent, open_mail, part_ways, put_mail, unclaim
from store.people.email_changes import EmailChange, make_links, next_change, secret_address
from store.people.password_requests import PasswordRequest, answer, next_request
from store.people.users import User
from texts.mails import together, write

log = structlog.get_logger()

Row = TypeVar("Row", PasswordRequest, EmailChange)

MAX_AT_A_TIME: Final = 200  # requests; a run then ends within its time-out, and the next one continues
BATCH: Final = 50  # mails over one connection, and between two transactions: so many are sent twice when a worker dies
RUN_S: Final = 45.0  # with the last mail's own time-outs within the lease and the activity's; the next run continues
MAX_AWAY: Final = 3  # after so many in a row without an answer the server is down: the rest waits too


class MailActivities:
    """`mailer` None: there is no mail server, and mails wait."""

    def __init__(
        self, database: Database, sealer: Sealer, pepper: bytes, mailer: Mailer | None, public_url: str
    ) -> None:
        self._database = database
        self._sealer = sealer
        self._pepper = pepper
        self._mailer = mailer
        self._public_url = public_url

    @activity.defn
    async def answer_password_requests(self) -> int:
        """Answers requests for links, and for another address, with waiting mails; returns how many.

        One that fails is left, logged, and tried again by the next run.
        """

        async def request(session: AsyncSession, found: PasswordRequest) -> None:
            await answer(session, found, self._sealer, self._pepper, self._public_url)

        async with beating():
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
            facts = {"name": user.name, "token": token}
            words = write(f"email.{kind}", user.language, self._public_url, facts)
            mail = Mail(to, *words, f"email-change/{change.id}/{kind}", user.language)
            await put_mail(session, self._sealer, mail, urgent=True)

    @activity.defn
    async def send_codes(self) -> int:
        """Sends the codes and links that are due; returns how many mails the server accepted."""
        async with beating():
            return await self._send(urgent_alone=True)

    @activity.defn
    async def send_mails(self) -> int:
        """Sends what is due, codes and links first; returns how many mails the server accepted."""
        async with beating():
            return await self._send(urgent_alone=False)

    async def _send(self, *, urgent_alone: bool) -> int:
        """Batch by batch, each over one connection, until nothing is due, the server is down or the time is up."""
        sent, ends_at = 0, _now() + RUN_S
        while self._mailer is not None and _now() < ends_at:
            async with self._database.transaction() as session:
                claimed = await claim_mails(session, BATCH, urgent_alone=urgent_alone)
            if not claimed:
                break
            taken, away = await self._send_batch(claimed, ends_at)
            sent += taken
            if away:
                break
        return sent

    async def _send_batch(self, claimed: Sequence[Claimed], ends_at: float) -> tuple[int, bool]:
        """How many mails the server accepted, and whether it is down. The rest is due again."""
        assert self._mailer is not None
        taken: list[Claimed] = []
        away, left = 0, list(claimed)
        try:
            async with self._mailer.connection() as connection:
                while left and away < MAX_AWAY and _now() < ends_at:
                    one = left[0]
                    try:
                        mail = await self._opened(one)
                        if mail is not None:
                            await connection.send(mail)
                            taken.append(one)
                    except MailFailed as failed:
                        await self._refuse(one, failed)
                        away = away + 1 if failed.away else 0
                    else:
                        away = 0
                    left.pop(0)
        finally:
            async with self._database.transaction() as session:
                await mails_sent(session, taken)
                await unclaim(session, left)
        return len(taken), away == MAX_AWAY

    async def _opened(self, claimed: Claimed) -> Mail | None:
        """One mail of everything claimed; None when it cannot be one, and each part is then sent separately."""
        mails: list[Mail] = []
        broken: dict[UUID, str] = {}
        for part in claimed.parts:
            try:
                mails.append(open_mail(self._sealer, claimed.recipient, part))
            except Exception as error:  # noqa: BLE001 # a key that is gone, a corrupt row
                broken[part.id] = f"not opened: {type(error).__name__}"
                log.warning("mail_unreadable", mail=str(part.id), error=type(error).__name__)
        if broken or len({mail.language for mail in mails}) > 1:  # the reader has changed the language meanwhile
            async with self._database.transaction() as session:
                await part_ways(session, claimed, broken)
            return None
        key = next(part.key for part in claimed.parts if part.id == claimed.id)
        return together(mails, key)

    async def _refuse(self, claimed: Claimed, failed: MailFailed) -> None:
        async with self._database.transaction() as session:
            given_up = await mail_refused(session, claimed, str(failed), permanent=failed.permanent)
        log.warning("mail_refused", mail=str(claimed.id), reason=str(failed), given_up=given_up)


def _now() -> float:
    """Seconds of a monotonic clock: for the length of a run, and nothing that is stored."""
    return asyncio.get_running_loop().time()
