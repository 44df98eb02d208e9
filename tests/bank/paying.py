"""Payments that were made already, made quickly: rows and postings at once, as many calls would have left them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, text

import ledger
from bank.client import pay
from bank.service.acts.credits import postings
from bank.service.acts.operations import captures, holds
from bank.service.models import Account, Book, Code, CodeTry, OperationRow
from bank.service.rules.accounts import bank_named_in
from bank.service.rules.operations import new_operation_key
from bank.service.values import Guarantee, KnownAccount, Operation
from domain.money import Money
from ledger import MAX_COMMANDS, Command, Posted
from tests.fixtures.bank import Party, RunningBank, done


@dataclass(frozen=True, slots=True)
class _Shelf:
    """All books of all banks."""

    books: dict[str, list[int]]

    def shard(self, code: str, key: str) -> int:
        return ledger.shard_for(self.books[code], key)


async def paid(bank: RunningBank, payer: Party, payee: Party, amount: Money, reference: str = "deal/1") -> str:
    """The key of a payment that was made in one call, code and mail included."""
    operation = await bank.open(payer, payee, amount, reference)
    code = await bank.code(operation)
    call = pay(bank.key("pay"), operation.key, payer.number, payee.number, amount, code, datetime.now(UTC))
    return str(done(await bank.client.send(call)).debit.key)


async def spend(bank: RunningBank, party: Party, friend: Party, leave: Money) -> None:
    """Leaves `leave` on the party's account: the rest goes to a friend at the same bank."""
    balance, held = await bank.balance(party.number)
    assert held == Money(0, leave.currency).amount
    away = Money(int(balance.replace(".", "")), leave.currency) - leave
    await paid(bank, party, friend, away, "spending")


async def plant_paid(
    bank: RunningBank,
    payer: Party,
    payee: Party,
    amount: Money,
    fee: Money,
    *,
    count: int = 1,
    credited: Money | None = None,
) -> list[str]:
    """Keys of `count` captured debits; of each `credited` (all of it when left out) was credited to the payee."""
    minor = amount.minor if credited is None else credited.minor
    async with bank.database.transaction() as session:
        both = select(Account).where(Account.number.in_([payer.number, payee.number]))
        accounts = {row.number: _known(row) for row in await session.scalars(both)}
        now = await session.scalar(select(text("clock_timestamp()")))
        debits = [_debit(payer, payee, amount, fee, minor, now) for _ in range(count)]
        paid_out = [_credit(debit, minor, now) for debit in debits] if minor else []
        session.add_all(debits)
        await session.flush()
        session.add_all(paid_out)
        codes = [_code(debit.key, now) for debit in debits]
        session.add_all(codes)
        await session.flush()
        session.add_all(CodeTry(code_id=code.id, number=1, caller="shop", key=code.operation_key) for code in codes)
        await session.flush()
        for code in codes:
            code.used_at, code.judged_at, code.used_try = now, now, 1
        books = _Shelf({row.code: row.shards for row in await session.scalars(select(Book))})
        planted = [_value(row) for row in debits]
        commands: list[Command] = []
        for debit in planted:
            commands += [*holds(books, debit, accounts[payer.number]), *captures(debit)]
        for debit, credit in zip(planted, paid_out, strict=False):
            commands += postings(books, debit, _value(credit), accounts[payee.number])
        await _post(await session.connection(), commands)
    return [debit.key for debit in debits]


async def state_of(bank: RunningBank) -> list[Sequence[Any]]:
    """All that a refused request must leave as it was: operations, parts, balances, codes used."""
    statements = (
        "SELECT key, status, credited_minor, refunded_minor, fee_refunded_minor FROM operations ORDER BY id",
        "SELECT refund_key, number, amount_minor FROM refund_parts ORDER BY 1, 2",
        "SELECT id, balance_minor, held_minor, version FROM ledger.accounts ORDER BY id",
        "SELECT id, used_at FROM codes ORDER BY id",
    )
    async with bank.database.transaction() as session:
        return [tuple(tuple(row) for row in await session.execute(text(sql))) for sql in statements]


def _value(row: OperationRow) -> Operation:
    return Operation(**{field.name: getattr(row, field.name) for field in fields(Operation)})


def _known(row: Account) -> KnownAccount:
    """The account as postings need it: its balances are none of their business."""
    stored = ("number", "bank_id", "client_id", "kind", "currency", "ledger_id", "debt_ledger_id", "closed_at")
    balances: dict[str, Any] = {"balance_minor": 0, "held_minor": 0, "incoming_minor": 0, "debt_minor": None}
    guarantee = Guarantee("", row.currency, 0, 0)
    return KnownAccount(**{name: getattr(row, name) for name in stored}, **balances, guarantee=guarantee)


async def _post(connection: Any, commands: Sequence[Command]) -> None:
    for start in range(0, len(commands), MAX_COMMANDS):
        outcomes = await ledger.post(connection, commands[start : start + MAX_COMMANDS])
        assert all(isinstance(outcome, Posted) for outcome in outcomes)


def _debit(payer: Party, payee: Party, amount: Money, fee: Money, credited_minor: int, now: Any) -> OperationRow:
    return OperationRow(
        key=new_operation_key(payer.bank_id),
        caller="shop",
        kind="debit",
        status="success",
        amount_minor=amount.minor,
        fee_minor=fee.minor,
        currency=amount.currency,
        payer_account=payer.number,
        payee_account=payee.number,
        reference="planted",
        source=None,
        credited_minor=credited_minor,
        held_at=now,
        captured_at=now,
    )


def _credit(debit: OperationRow, minor: int, now: Any) -> OperationRow:
    return OperationRow(
        key=new_operation_key(bank_named_in(debit.payee_account)),
        caller=debit.caller,
        kind="credit",
        status="success",
        amount_minor=minor,
        fee_minor=0,
        currency=debit.currency,
        payer_account=debit.payer_account,
        payee_account=debit.payee_account,
        reference=debit.reference,
        source=debit.key,
        captured_at=now,
    )


def _code(operation_key: str, now: Any) -> Code:
    return Code(
        operation_key=operation_key,
        number=1,
        digest=bytes(32),
        tries=1,
        created_at=now,
        expires_at=now,
    )
