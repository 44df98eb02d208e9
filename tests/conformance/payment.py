"""One payment at the bank under test, step by step, with its accounts watched."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import uuid4

from bank.client import Call, Done, Operation, Refused, capture, credit, debit, open_operation, void
from domain.money import Money
from tests.conformance.adapter import Adapter, Books

AMOUNT_MINOR = 12_345
OPENING_MINOR = 1_000_000


@dataclass
class Payment:
    """Payer and payee are at different banks, so that there may be a fee. `key()` is fresh at every call."""

    adapter: Adapter
    payer: str
    payee: str
    amount: Money
    fee: Money
    reference: str = field(default_factory=lambda: f"conformance/{uuid4()}")
    _numbers: Any = field(default_factory=lambda: count(1))

    @classmethod
    async def new(cls, adapter: Adapter, amount_minor: int = AMOUNT_MINOR) -> Payment:
        opening, amount = Money(OPENING_MINOR, adapter.currency), Money(amount_minor, adapter.currency)
        payer, payee = await adapter.account(opening, at=1), await adapter.account(opening, at=2)
        return cls(adapter, payer, payee, amount, await adapter.fee(payer, payee, amount))

    def key(self) -> str:
        return f"{self.reference}/{next(self._numbers)}"

    def opening(self, amount: Money | None = None) -> Call[Operation]:
        amount = amount or self.amount
        return open_operation(self.key(), self.payer, self.payee, amount, self.fee, self.reference)

    def debiting(self, operation: Operation, code: str) -> Call[Operation]:
        return debit(self.key(), operation.key, code, datetime.now(UTC), amount=operation.amount)

    def crediting(self, operation: Operation, amount: Money | None = None) -> Call[Operation]:
        return credit(self.key(), self.payee, amount or operation.amount, operation.key, self.reference)

    def capturing(self, operation: Operation) -> Call[Operation]:
        return capture(self.key(), operation.key, amount=operation.amount)

    def voiding(self, operation: Operation) -> Call[Operation]:
        return void(self.key(), operation.key, amount=operation.amount)

    async def opened(self) -> Operation:
        return done(await self.adapter.client.send(self.opening()))

    async def held(self) -> Operation:
        operation = await self.opened()
        code = await self.adapter.code(operation)
        return done(await self.adapter.client.send(self.debiting(operation, code)))

    async def captured(self) -> Operation:
        return done(await self.adapter.client.send(self.capturing(await self.held())))

    async def must_be(
        self, *, taken: Money | None = None, held: Money | None = None, paid: Money | None = None
    ) -> None:
        """Asserts what is on both accounts: what left the payer, what is held there, what the payee got."""
        taken_minor, held_minor, paid_minor = (0 if money is None else money.minor for money in (taken, held, paid))
        payer, payee = await self.adapter.books(self.payer), await self.adapter.books(self.payee)
        assert payer == Books(OPENING_MINOR - taken_minor, held_minor), f"the payer's account: {payer}"
        assert payee == Books(OPENING_MINOR + paid_minor, 0), f"the payee's account: {payee}"

    @property
    def whole(self) -> Money:
        return self.amount + self.fee


def done(answer: object) -> Any:
    """The value of an answer that must be done."""
    assert isinstance(answer, Done), f"not done: {answer}"
    return answer.value


def refused(answer: object, *codes: str) -> None:
    """Asserts a final no with one of `codes`."""
    assert isinstance(answer, Refused), f"not refused: {answer}"
    assert answer.code in codes, f"refused as {answer.code}, not as {' or '.join(codes)}"
