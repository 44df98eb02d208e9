"""A market that remembers every secret that it handles, so that histories can be searched for them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, fields

from edge.codes import grouped, normalise
from store.payments.codes import Attempt
from store.payments.payments import Payment
from tests.fixtures.sagas import Market, Party


@dataclass
class WatchedMarket(Market):
    """A market whose `secrets` are what no history may contain: codes, addresses, account numbers, names, API keys."""

    secrets: set[str] = field(default_factory=set)

    @classmethod
    def over(cls, market: Market) -> WatchedMarket:
        """The same market, watched from now on."""
        watched = cls(**{part.name: getattr(market, part.name) for part in fields(market)})
        watched.secrets |= {market.bank.payments_key, market.bank.admin_key}
        return watched

    async def party(self, bank_id: int, balance: str | None = "1000.00", name: str = "Ottilie") -> Party:
        """As `Market.party`, with a name that occurs nowhere else."""
        name = f"{name}-{secrets.token_hex(4)}"
        party = await super().party(bank_id, balance, name)
        self.secrets |= {name, party.email, party.number}
        return party

    async def code(self, buyer: Party) -> str:
        return self._noted(await super().code(buyer))

    async def submit(self, payment: Payment, code: str, *, signal: bool = True) -> Attempt:
        return await super().submit(payment, self._noted(code), signal=signal)

    def _noted(self, code: str) -> str:
        self.secrets |= {normalise(code), grouped(normalise(code))}
        return code
