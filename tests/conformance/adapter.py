"""What the conformance kit needs of a bank: its client, accounts with money, codes, a way to lose answers."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from bank.client import Answer, Call, KeyUnknown, Operation, Unknown
from domain.money import Money

T = TypeVar("T")


class Client(Protocol):
    """The questions and calls of `bank.client.BankClient`, for one marketplace."""

    async def send(self, call: Call[T]) -> Answer[T]:
        """Sends once; everything that is not clearly done or refused is `Unknown`."""

    async def ask(self, call: Call[T]) -> Answer[T] | KeyUnknown:
        """What the bank has answered to `call`."""

    async def check_funds(self, account: str, amount: Money, operation: str) -> bool | Unknown:
        """Whether the account has enough available for our operation, which awaits its code."""

    async def operation(self, key: str) -> Answer[Operation]:
        """The operation as it is now."""

    async def operations(self, reference: str) -> Answer[list[Operation]]:
        """Every operation with the reference, oldest first."""


@dataclass(frozen=True, slots=True)
class Books:
    """What the bank says is on an account, minor units; `held_minor` is part of `balance_minor`."""

    balance_minor: int
    held_minor: int


class Adapter(Protocol):
    """One bank under test. Amounts are in `currency`; every account that it opens is new."""

    currency: str
    other_currency: str
    client: Any
    """A `Client`."""

    async def account(self, balance: Money, *, at: int = 1) -> str:
        """The number of a new account with `balance` on it, at the bank's branch or sister bank `at` (1 or 2)."""

    async def fee(self, payer: str, payee: str, amount: Money) -> Money:
        """What a transfer of `amount` costs the payer now."""

    async def code(self, operation: Operation) -> str:
        """Has the bank send a code for a created operation and returns it, as the payer would read it."""

    async def books(self, account: str) -> Books:
        """What is on the account, asked by another way than `client`: these are the effects that are counted."""

    def answers_lost(self) -> AbstractAsyncContextManager[None]:
        """Inside the block the bank does what it is sent, and its answers to `client` do not arrive."""
