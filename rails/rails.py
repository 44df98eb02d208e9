"""The choice of a payment's rail."""

from __future__ import annotations

from bank.banks import Banks
from edge.database import Database
from edge.sealing import Sealer
from rails.bank_rail import BankRail
from rails.rail import Rail
from rails.wallet_rail import WalletRail
from store.payments.payments import Payment
from store.wallets.confirmation_codes import CodeRules


class Rails:
    def __init__(self, database: Database, banks: Banks, sealer: Sealer, codes: CodeRules) -> None:
        self._bank: Rail = BankRail(database, banks)
        self._wallet: Rail = WalletRail(database, sealer, codes)

    def of(self, payment: Payment) -> Rail:
        return self._wallet if payment.from_wallet else self._bank
