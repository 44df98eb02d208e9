"""Mails about wallets: what was noted with an event, and deposits and transfers as the ledger tells of them."""

from __future__ import annotations

from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from domain.money import Money
from edge.codes import grouped
from edge.database import Database
from edge.mailer import Mail
from edge.sealing import Sealer
from store.mails import put_mail, put_unwritten
from store.wallet_notices import Telling, end_notices, next_notices, sealing_context, take_movements
from texts.mails import write

log = structlog.get_logger()

AT_A_TIME: Final = 200  # mails per transaction
MAX_BATCHES: Final = 50  # a run then ends within its time-out, and the next one goes on
READ_AT_A_TIME: Final = 1_000  # transfers of the ledger, most of them of other kinds


class WalletNoticeActivities:
    """Only puts mails where mails wait, in the transaction that ticks off what they are about: each exactly once."""

    def __init__(self, database: Database, sealer: Sealer, public_url: str) -> None:
        self._database = database
        self._sealer = sealer
        self._public_url = public_url

    @activity.defn
    async def write_codes(self) -> int:
        """Writes the mails with codes that were asked for since the last time; returns how many."""
        return await self._notices(codes=True)

    @activity.defn
    async def write_wallet_mails(self) -> int:
        """Writes the mails of everything that has happened to wallets since the last time; returns how many."""
        written = await self._notices(codes=False)
        for _ in range(MAX_BATCHES):
            some, behind = await self._database.run(self._movements)
            written += some
            if not behind:
                break
        return written

    async def _notices(self, *, codes: bool) -> int:
        """One that cannot be written is left, logged, and tried again by the next run: it holds up no other."""
        written = after = 0
        for _ in range(MAX_BATCHES):

            async def some(session: AsyncSession, after: int = after) -> tuple[int, int | None]:
                found = await next_notices(session, after, AT_A_TIME, codes=codes)
                mails: dict[int, Mail] = {}
                for id_, telling in found.items():
                    try:
                        mails[id_] = self._mail(telling)
                    except Exception as error:  # noqa: BLE001  # no traceback: its frames have codes in them
                        log.warning("wallet_notice_not_written", notice=id_, error=type(error).__name__)
                for mail in mails.values():
                    await put_mail(session, self._sealer, mail, urgent=codes)
                await end_notices(session, mails)
                return len(mails), max(found, default=None)

            done, last = await self._database.run(some)
            written += done
            if last is None:
                break
            after = last
        return written

    async def _movements(self, session: AsyncSession) -> tuple[int, bool]:
        moved = await take_movements(session, READ_AT_A_TIME)
        for row in moved.rows:
            key = f"movement/{row.id}"
            try:
                data = {
                    "amount": str(Money(row.amount_minor, row.currency)),
                    "details": row.reference,
                    "from": row.payer or row.source,
                }
                mail = self._mail(Telling(key, row.email, row.language, row.wallet_id, row.kind, data))
            except Exception as error:  # noqa: BLE001  # it is logged, and operators see it
                log.warning("movement_not_written", transfer=row.id, error=type(error).__name__)
                await put_unwritten(session, key, row.email, f"not written: {type(error).__name__}")
            else:
                await put_mail(session, self._sealer, mail)
        return len(moved.rows), moved.behind

    def _mail(self, telling: Telling) -> Mail:
        facts = {**telling.data, "wallet_id": str(telling.wallet_id), "sender": telling.data.get("from")}
        if telling.sealed is not None:
            facts["code"] = grouped(self._sealer.open(telling.sealed, sealing_context(telling.wallet_id)))
        words = write(f"wallet.{telling.kind}", telling.language, self._public_url, facts)
        return Mail(telling.email, *words, telling.key, telling.language)
