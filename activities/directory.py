"""The directory: banks and their fees, copied from the bank client so that a quote needs no call."""

from __future__ import annotations

from temporalio import activity

from activities.poller import LASTS_S, now_s, stops_within
from bank.client import BankClient
from edge.database import Database
from payloads.poller import PollOrder
from rails.asking import beating
from store.banks.banks import put_directory


class DirectoryActivities:
    """A copy every `every_s`; an activity that keeps it up ends after `lasts_s`."""

    def __init__(
        self, database: Database, bank: BankClient, *, every_s: float = 60.0, lasts_s: float = LASTS_S
    ) -> None:
        self._database = database
        self._bank = bank
        self._every_s = every_s
        self._lasts_s = lasts_s

    @activity.defn
    async def keep_directory(self, _: PollOrder) -> int:
        """Copy after copy, until ten minutes have passed or the worker stops; returns how many copies were made.

        Raises when the bank does not answer; the next try is the next copy.
        """
        copies, ends_at_s = 0, now_s() + self._lasts_s
        async with beating():
            while True:
                await self.refresh_directory()
                copies += 1
                if await stops_within(self._every_s) or now_s() >= ends_at_s:
                    return copies

    @activity.defn
    async def refresh_directory(self) -> int:
        """Copies all banks and the fees between them; returns how many pairs have a fee."""
        banks = await self._bank.banks()
        known = {bank.id for bank in banks}
        fees = [fee for fee in await self._bank.fees() if {fee.payer_bank, fee.payee_bank} <= known]
        async with self._database.transaction() as session:
            await put_directory(
                session,
                [
                    {
                        "id": bank.id,
                        "name": bank.name,
                        "requisite": bank.requisite,
                        "currency": bank.currency,
                        "commission_account": bank.commission_account,
                        "guarantee_account": bank.guarantee_account,
                        "client_address": self._bank.address,
                    }
                    for bank in banks
                ],
                [
                    {
                        "payer_bank": fee.payer_bank,
                        "payee_bank": fee.payee_bank,
                        "currency": fee.currency,
                        "percent_bp": fee.rule.percent_bp,
                        "minimum_minor": fee.rule.minimum_minor,
                    }
                    for fee in fees
                ],
            )
        return len(fees)
