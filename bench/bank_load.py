"""Payments at the bank. Opening them and reading their codes is not timed; debit and credit are."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any

from bank.client import Call, Done, Operation, capture, credit, debit, open_operation, pay, request_code
from bench.bank_stack import BankStack, Person
from bench.flight import in_flight
from domain.money import Money

AMOUNT = Money(1_000, "RUB")
PREPARED_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Ready:
    """An operation whose code is known."""

    operation: Operation
    payee: Person
    code: str


class BankLoad:
    """Makes payments; `fee` is that between the two banks."""

    def __init__(self, stack: BankStack, fee: Money) -> None:
        self._stack = stack
        self._fee = fee
        self._numbers = count(1)
        self._busy = {payer.number: asyncio.Lock() for payer in stack.payers}

    async def prepared(self, wanted: int, *, hot: bool) -> list[Ready]:
        """Payments of all payers in turn, to all payees in turn, or with `hot` to one."""
        payers, payees = self._stack.payers, self._stack.payees
        pairs = [(payers[n % len(payers)], payees[0 if hot else n % len(payees)]) for n in range(wanted)]
        made: list[Ready] = []

        async def prepare(pair: tuple[Person, Person]) -> None:
            made.append(await self._prepare(*pair))

        await in_flight(pairs, PREPARED_AT_ONCE, prepare)
        return made

    async def _prepare(self, payer: Person, payee: Person) -> Ready:
        async with self._busy[payer.number]:
            operation = await self.done(self.opening(payer, payee))
            newest = self._stack.mailbox.last_id
            await self.done(request_code(self._key("code"), operation.key))
            return Ready(operation, payee, await self._stack.code(payer, newest))

    async def rate(self, ready: Sequence[Ready], clients: int, do: Callable[[Ready], Awaitable[None]]) -> float:
        """Payments per second with `clients` in flight."""
        begun = time.monotonic()
        await in_flight(ready, clients, do)
        return len(ready) / (time.monotonic() - begun)

    async def pay_in_one(self, ready: Ready) -> None:
        """Debit and credit in one call."""
        await self.done(self.paying(ready))

    async def pay_in_three(self, ready: Ready) -> None:
        """Debit into a hold, capture, credit: three calls, as the sagas make them."""
        for call in (self.debiting(ready), self.capturing(ready), self.crediting(ready)):
            await self.done(call)

    def opening(self, payer: Person, payee: Person) -> Call[Operation]:
        return open_operation(self._key("open"), payer.number, payee.number, AMOUNT, self._fee, "bench")

    def paying(self, ready: Ready) -> Call[Any]:
        operation = ready.operation
        accounts = operation.payer_account, operation.payee_account
        return pay(self._key("pay"), operation.key, *accounts, AMOUNT, ready.code, datetime.now(UTC))

    def debiting(self, ready: Ready) -> Call[Operation]:
        return debit(self._key("debit"), ready.operation.key, ready.code, datetime.now(UTC))

    def capturing(self, ready: Ready) -> Call[Operation]:
        return capture(self._key("capture"), ready.operation.key)

    def crediting(self, ready: Ready) -> Call[Operation]:
        return credit(self._key("credit"), ready.payee.number, AMOUNT, ready.operation.key, "bench")

    async def done(self, call: Call[Any]) -> Any:
        """Sends the call, which must be done."""
        answer = await self._stack.client.send(call)
        assert isinstance(answer, Done), answer
        return answer.value

    def _key(self, step: str) -> str:
        return f"bench/{step}/{next(self._numbers)}"


async def bank_load(stack: BankStack) -> BankLoad:
    payer, payee = stack.payers[0].bank_id, stack.payees[0].bank_id
    rules = {(row.payer_bank, row.payee_bank): row.rule for row in await stack.client.fees()}
    return BankLoad(stack, Money(rules[payer, payee].fee_minor(AMOUNT.minor), AMOUNT.currency))
