"""A market that remembers every secret that it handles, so that histories can be searched for them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, fields

from edge.codes import grouped, normalise
from store.codes import Attempt
from store.payments import Payment
from store.users import create_user
from tests.fixtures.accounts import own_account
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

    async def party(self, bank_id: int, balance: str | None = "1000.00") -> Party:
        """As `Market.party`, with a name and an address that occur nowhere else."""
        name = f"Ottilie-{secrets.token_hex(4)}"
        email = f"{name}@example.test".lower()
        client = await self.bank.post("/clients", {"name": name, "email": email})
        opened = await self.bank.post("/accounts", {"bank_id": bank_id, "client_id": client["id"], "currency": "RUB"})
        if balance is not None:
            await self.bank.post(f"/accounts/{opened['number']}/deposits", {"amount": balance, "currency": "RUB"})
        async with self.database.transaction() as session:
            user = await create_user(session, self.marketplace_id, name=name, email=email, reference=None)
            account = await own_account(session, user, number=opened["number"], currency="RUB", payout=True)
        self.secrets |= {name, email, opened["number"]}
        return Party(user, account.id, opened["number"], email)

    async def code(self, buyer: Party) -> str:
        return self._noted(await super().code(buyer))

    async def submit(self, payment: Payment, code: str, *, signal: bool = True) -> Attempt:
        return await super().submit(payment, self._noted(code), signal=signal)

    def _noted(self, code: str) -> str:
        self.secrets |= {normalise(code), grouped(normalise(code))}
        return code
