"""Mails about deposits and transfers, as the ledger has them."""

from __future__ import annotations

from typing import Any, Final

import structlog
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from domain.money import Money
from edge.database import Database
from edge.mailer import Mail
from edge.sealing import Sealer
from rails.asking import beating
from store.mail.mails import put_mails, put_unwritten
from store.mail.wallet_notices import take_movements
from texts.mails import write

log = structlog.get_logger()

MAX_BATCHES: Final = 50  # a run then ends within its time-out, and the next one continues
READ_AT_A_TIME: Final = 1_000  # transfers of the ledger, most of them of other kinds


class WalletNoticeActivities:
    """Only stores waiting mails, in the transaction that ticks off their events: each exactly once."""

    def __init__(self, database: Database, sealer: Sealer, public_url: str) -> None:
        self._database = database
        self._sealer = sealer
        self._public_url = public_url

    @activity.defn
    async def write_wallet_mails(self) -> int:
        """Writes the mails about the ledger's deposits and transfers since the last time; returns how many."""
        written = 0
        async with beating():
            for _ in range(MAX_BATCHES):
                some, behind = await self._database.run(self._movements)
                written += some
                if not behind:
                    break
        return written

    async def _movements(self, session: AsyncSession) -> tuple[int, bool]:
        moved = await take_movements(session, READ_AT_A_TIME)
        mails: list[Mail] = []
        for row in moved.rows:
            key = f"movement/{row.id}"
            try:
                mails.append(self._mail(key, row))
            except Exception as error:  # noqa: BLE001  # it is logged, and operators see it
                log.warning("movement_not_written", transfer=row.id, error=type(error).__name__)
                await put_unwritten(session, key, row.email, f"not written: {type(error).__name__}")
        await put_mails(session, self._sealer, mails)
        return len(moved.rows), moved.behind

    def _mail(self, key: str, row: Any) -> Mail:
        facts = {
            "amount": str(Money(row.amount_minor, row.currency)),
            "details": row.reference,
            "sender": row.payer or row.source,
            "wallet_id": str(row.wallet_id),
        }
        words = write(f"wallet.{row.kind}", row.language, self._public_url, facts)
        return Mail(row.email, *words, key, row.language)
