"""What a step of a payment or a refund costs the bank in exchanges with PostgreSQL, counted on the wire."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest_asyncio

from bank.client import (
    Call,
    capture,
    confirm,
    credit,
    debit,
    debit_confirmed,
    open_operation,
    pay,
    refund,
    request_code,
    void,
)
from devstack.mailbox import Mailbox
from domain.money import Money
from tests.fixtures.bank import RunningBank, done, migrate_and_seed, running_bank
from tests.fixtures.databases import Databases
from tests.fixtures.exchanges import Exchanges, exchanges

AMOUNT = Money(1_000, "RUB")
WARM = 4  # payments of each kind before one is counted: every connection of the pool has prepared its statements then
ARRIVE = "SELECT arrive($1, $2, $3, $4, $5, $6)"
TRANSACTION = [
    "BEGIN ISOLATION LEVEL READ COMMITTED;",
    "SELECT free, fingerprint, status, body::text, facts::text FROM look($1, $2, $3::text::jsonb)",
    "SELECT settle($1, $2, $3, $4, $5, $6::text::jsonb, $7::text::jsonb, $8::text::jsonb)",
    "COMMIT;",
]
WITH_A_CODE = ("confirm", "debit", "pay")  # its try is counted in a statement of its own

Watched = tuple[RunningBank, Exchanges]


@pytest_asyncio.fixture(loop_scope="session")
async def watched(databases: Databases, mailbox: Mailbox) -> AsyncIterator[Watched]:
    """A bank whose exchanges with its database are noted; one connection serves requests, so that it is warm soon."""
    async with databases.fresh("seeded_bank", migrate_and_seed) as database, exchanges(database.url) as noted:
        through = replace(database, url=noted.url)
        async with running_bank(through, mailbox, database_pool_size=1, faults=False) as running:
            yield running, noted


async def cost(watched: Watched, call: Call[Any]) -> tuple[Any, list[str]]:
    """The value of the answer, which must be done, and the exchanges that it took."""
    bank, noted = watched
    since = len(noted.seen)
    value = done(await bank.client.send(call))
    return value, noted.of_work(since)


async def two_payments(watched: Watched) -> dict[str, list[str]]:
    """Every step once, and what it cost. An operation is confirmed, debited, captured, credited and refunded in part,
    one is paid and refunded with it, one is refunded by its reference while it is held.
    """
    bank, _ = watched
    payer, payee = bank.parties[0], bank.parties[2]
    costs: dict[str, list[str]] = {}

    async def step(name: str, call: Call[Any]) -> Any:
        value, costs[name] = await cost(watched, call)
        return value

    async def code() -> tuple[Any, str]:
        operation = await bank.open(payer, payee, AMOUNT)
        return operation, await bank.code(operation)

    operation, secret = await code()
    await step("confirm", confirm(bank.key(), operation.key, secret, datetime.now(UTC)))
    await step("debit when confirmed", debit_confirmed(bank.key(), operation.key))
    await step("capture", capture(bank.key(), operation.key))
    await step("credit", credit(bank.key(), payee.number, AMOUNT, operation.key, "deal/1"))
    credited = operation.key
    operation, secret = await code()
    await step("debit", debit(bank.key(), operation.key, secret, datetime.now(UTC)))
    await step("void", void(bank.key(), operation.key))
    operation, secret = await code()
    accounts = operation.payer_account, operation.payee_account
    await step("pay", pay(bank.key(), operation.key, *accounts, AMOUNT, secret, datetime.now(UTC)))
    part = Money(100, "RUB")
    await step("refund of a part", refund(bank.key(), [credited], amount=part, fee="returned"))
    await step("refund of two", refund(bank.key(), [credited, operation.key], fee="returned"))
    reference = bank.key("deal")
    await bank.held(payer, payee, AMOUNT, reference)
    await step("refund of a hold", refund(bank.key(), reference=reference, fee="returned"))
    operation = await bank.open(payer, payee, AMOUNT)
    await step("code", request_code(bank.key(), operation.key))
    fee = await bank.quote(payer, payee, AMOUNT)
    await step("open", open_operation(bank.key(), payer.number, payee.number, AMOUNT, fee, "deal/1"))
    return costs


async def test_every_step_of_payments_and_refunds_is_one_transaction_of_two_statements(watched: Watched) -> None:
    for _ in range(WARM):
        await two_payments(watched)
    costs = await two_payments(watched)
    assert len(costs) == 12
    for step, seen in costs.items():
        assert seen[0] == ARRIVE, step
        counted = [sql.startswith("SELECT count_try(") for sql in seen[1:-4]]
        assert counted == ([True] if step in WITH_A_CODE else []), step
        assert seen[-4:] == TRANSACTION, step
    assert await watched[0].violations() == []
