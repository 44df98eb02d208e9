from __future__ import annotations

from api.fields import Moment
from domain.bank_clients import BankClientState, serves
from edge.wire import Wire, utc
from store.banks.banks import Bank


class BankOut(Wire):
    id: int
    name: str
    requisite: str
    payments_enabled: bool
    """False: nothing new may begin here; payments that are open go on to their end."""
    refreshed_at: Moment
    """When this was last copied from the bank client."""

    @classmethod
    def of(cls, bank: Bank, state: BankClientState | None) -> BankOut:
        return cls(
            id=bank.id,
            name=bank.name,
            requisite=bank.requisite,
            payments_enabled=serves(state),
            refreshed_at=utc(bank.refreshed_at),
        )


class BanksOut(Wire):
    items: list[BankOut]
    next: None
    """All banks come in one page."""
