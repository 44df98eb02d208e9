"""Which rail a payment is on."""

from __future__ import annotations

from activities.bank_rail import BankRail
from activities.rail import Rail
from bank.client import BankClient
from edge.database import Database
from store.payments import Payment


class Rails:
    def __init__(self, database: Database, bank: BankClient) -> None:
        self._bank: Rail = BankRail(database, bank)

    def of(self, payment: Payment) -> Rail:
        return self._bank
