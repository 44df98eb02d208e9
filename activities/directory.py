"""The directory: banks and their fees, copied from the bank client so that a quote needs no call."""

from __future__ import annotations

from temporalio import activity

from bank.client import BankClient
from edge.database import Database
from store.banks.banks import put_directory


class DirectoryActivities:
    def __init__(self, database: Database, bank: BankClient) -> None:
        self._database = database
        self._bank = bank

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
