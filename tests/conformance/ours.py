"""This bank as an adapter of the kit: the real program, over HTTP, by the real client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bank.client import Operation
from domain.money import Money, parse_money
from tests.conformance.adapter import Adapter, Books
from tests.fixtures.bank import Party, RunningBank

CALLS = ("open", "debit", "capture", "void", "credit")


class OurBank:
    """Accounts at the first two banks of the seeded world."""

    currency = "RUB"
    other_currency = "USD"

    def __init__(self, bank: RunningBank) -> None:
        self.client = bank.client
        self._bank = bank
        self._parties: dict[str, Party] = {}

    async def account(self, balance: Money, *, at: int = 1) -> str:
        party = await self._bank.new_client(at, balance.amount, balance.currency)
        self._parties[party.number] = party
        return party.number

    async def fee(self, payer: str, payee: str, amount: Money) -> Money:
        return await self._bank.quote(self._parties[payer], self._parties[payee], amount)

    async def code(self, operation: Operation) -> str:
        return await self._bank.code(operation)

    async def books(self, account: str) -> Books:
        balance, held = await self._bank.balance(account)
        return Books(*(0 if text == "0.00" else parse_money(text, self.currency).minor for text in (balance, held)))

    @asynccontextmanager
    async def answers_lost(self) -> AsyncIterator[None]:
        for bank_id in (1, 2):
            await self._bank.behave(bank_id, lose_replies=1_000, steps=CALLS)
        yield
        for bank_id in (1, 2):
            await self._bank.behave(bank_id)


def _is_an_adapter(bank: OurBank) -> Adapter:
    return bank
