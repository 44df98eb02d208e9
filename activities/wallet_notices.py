"""Mails about wallets: what was noted with an event, and deposits and transfers as the ledger tells of them."""

from __future__ import annotations

from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.wallet_letters import Letter, letter
from domain.money import Money
from edge.codes import grouped
from edge.database import Database
from edge.mailer import Mail
from edge.sealing import Sealer
from store.mails import put_mail
from store.wallet_notices import Telling, sealing_context, take_movements, take_notices

AT_A_TIME: Final = 200  # mails per transaction
MAX_BATCHES: Final = 50  # a run then ends within its time-out, and the next one goes on
READ_AT_A_TIME: Final = 1_000  # transfers of the ledger, most of them of other kinds


class WalletNoticeActivities:
    """Only puts mails where mails wait, in the transaction that ticks off what they are about: each exactly once."""

    def __init__(self, database: Database, sealer: Sealer, public_url: str) -> None:
        self._database = database
        self._sealer = sealer
        self._url = public_url.rstrip("/")

    @activity.defn
    async def write_wallet_mails(self) -> int:
        """Writes the mails of everything that has happened to wallets since the last time; returns how many."""
        written = 0
        for _ in range(MAX_BATCHES):
            some = await self._database.run(self._notices)
            written += some
            if some < AT_A_TIME:
                break
        for _ in range(MAX_BATCHES):
            some, behind = await self._database.run(self._movements)
            written += some
            if not behind:
                break
        return written

    async def _notices(self, session: AsyncSession) -> int:
        told = await take_notices(session, AT_A_TIME)
        for telling in told:
            await self._put(session, telling)
        return len(told)

    async def _movements(self, session: AsyncSession) -> tuple[int, bool]:
        moved = await take_movements(session, READ_AT_A_TIME)
        for row in moved.rows:
            data = {
                "amount": str(Money(row.amount_minor, row.currency)),
                "details": row.reference,
                "from": row.payer or row.source,
            }
            await self._put(session, Telling(f"movement/{row.id}", row.email, row.wallet_id, row.kind, data))
        return len(moved.rows), moved.behind

    async def _put(self, session: AsyncSession, telling: Telling) -> None:
        code = None
        if telling.sealed is not None:
            code = grouped(self._sealer.open(telling.sealed, sealing_context(telling.wallet_id)))
        said: Letter = letter(telling.kind, telling.data, f"{self._url}/my/wallets/{telling.wallet_id}", code)
        await put_mail(session, self._sealer, Mail(telling.email, said.subject, said.text, said.html, telling.key))
