"""The audit names each corruption of refunds and debts, and the database refuses the impossible itself."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from bank.client import credit, refund
from bank.service.audit.refunds import REFUND_CHECKS
from domain.money import Money
from tests.bank.paying import paid, plant_paid
from tests.fixtures.bank import RunningBank, done
from tests.fixtures.complaints import never_heard
from tests.fixtures.saboteur import heard_of

AMOUNT = Money(10_000, "RUB")

CORRUPTED_REFUNDS = [
    ("refunds_within_source", "UPDATE operations SET refunded_minor = refunded_minor + 1 WHERE refunded_minor = 7000"),
    ("refunds_within_source", "UPDATE operations SET refunded_minor = 0 WHERE kind = 'credit'"),
    ("refunds_within_source", "UPDATE operations SET fee_refunded_minor = 0 WHERE kind = 'debit'"),
    ("refunds_within_source", "DELETE FROM operations WHERE kind = 'refund'"),
    (
        "refunds_within_source",
        (
            "ALTER TABLE operations DROP CONSTRAINT operations_refunded; "
            "UPDATE operations SET refunded_minor = amount_minor + 1 WHERE kind = 'debit' AND refunded_minor > 0; "
            "UPDATE operations SET amount_minor = amount_minor * 2 WHERE kind = 'refund'"
        ),
    ),
    (
        "refunds_within_source",
        (
            "ALTER TABLE operations DROP CONSTRAINT operations_fee_refunded; "
            "UPDATE operations SET fee_refunded_minor = fee_minor + 1 WHERE fee_refunded_minor > 0"
        ),
    ),
    (
        "refunds_within_source",
        (
            "ALTER TABLE operations DROP CONSTRAINT operations_refunded; "
            "ALTER TABLE operations DROP CONSTRAINT operations_credited; "
            "UPDATE operations SET status = 'void', captured_at = NULL, voided_at = now() "
            "WHERE kind = 'debit' AND refunded_minor > 0"
        ),
    ),
    ("refunds_have_parts", "UPDATE refund_parts SET refund_key = credit_key WHERE credit_key IS NOT NULL"),
    ("refunds_have_parts", "UPDATE refund_parts SET amount_minor = amount_minor + 1 WHERE origin = 'payee'"),
    ("refunds_have_parts", "DELETE FROM refund_parts WHERE origin = 'uncredited'"),
    ("refunds_have_parts", "UPDATE operations SET payee_account = payer_account WHERE kind = 'refund'"),
    ("refunds_have_parts", "UPDATE operations SET caller = 'another shop' WHERE kind = 'refund'"),
    ("refunds_match_transfers", "UPDATE operations SET fee_minor = fee_minor + 1 WHERE kind = 'refund'"),
    ("refunds_match_transfers", "DELETE FROM ledger.transfers WHERE key LIKE '%/given'"),
    ("refunds_match_transfers", "UPDATE ledger.transfers SET debit_account = 1 WHERE key LIKE '%/given/passed'"),
    ("refund_parts_match_transfers", "UPDATE ledger.transfers SET debit_account = 1 WHERE key LIKE '%/taken'"),
    ("refund_parts_match_transfers", "UPDATE refund_parts SET origin = 'payee' WHERE origin = 'guarantee'"),
    ("refund_parts_match_transfers", "DELETE FROM ledger.transfers WHERE key LIKE '%/part/%/debt'"),
    ("refund_parts_match_transfers", "DELETE FROM ledger.transfers WHERE key LIKE '%/part/%/reroute'"),
    ("debts_are_owed", "UPDATE accounts SET debt_ledger_id = NULL"),
    ("debts_are_owed", "DELETE FROM ledger.transfers WHERE key LIKE '%/netting'"),
    ("debts_are_owed", "UPDATE refund_parts SET amount_minor = amount_minor - 1 WHERE origin = 'guarantee'"),
    (
        "receivables_mirror_debts",
        (
            "UPDATE ledger.accounts SET balance_minor = balance_minor + 1 WHERE code LIKE '%/receivables/%' "
            "AND balance_minor < 0"
        ),
    ),
    (
        "banks_balance_alone",
        (
            "UPDATE ledger.accounts SET balance_minor = balance_minor + 1 WHERE code = 'bank/1/outside/RUB#0'; "
            "UPDATE ledger.accounts SET balance_minor = balance_minor - 1 WHERE code = 'bank/2/outside/RUB#0'"
        ),
    ),
    ("debts_agree", "UPDATE operations SET uncredited_refunded_minor = 0 WHERE kind = 'debit'"),
    ("fees_earned", "UPDATE operations SET fee_refunded_minor = 0 WHERE kind = 'debit'"),
    (
        "transfers_have_operations",
        "UPDATE ledger.transfers SET key = replace(key, '/part/', '/piece/') WHERE key LIKE '%/taken'",
    ),
]


async def owing(bank: RunningBank) -> None:
    """Refunds of every origin, one in part, one to another bank, and a debt that was paid back in part."""
    payer, payee = bank.parties[0], await bank.new_client(2, "0.00")
    number = next(row for row in await bank.client.banks() if row.id == payee.bank_id).guarantee_account
    await bank.post(f"/accounts/{number}/deposits", {"amount": "100.00", "currency": "RUB"})
    spent = await paid(bank, payer, payee, AMOUNT)
    await bank.held(payee, bank.parties[3], Money(8_000, "RUB"))
    done(await bank.client.send(refund(bank.key(), [spent], amount=Money(7_000, "RUB"), fee="returned")))
    [source] = await plant_paid(bank, payer, payee, AMOUNT, Money(500, "RUB"), credited=Money(0, "RUB"))
    done(await bank.client.send(credit(bank.key(), payee.number, Money(1_000, "RUB"), source, "planted")))
    done(await bank.client.send(refund(bank.key(), [source], amount=Money(6_000, "RUB"), fee="returned")))
    closing = await bank.new_client(1, "500.00")
    taken = await bank.captured(closing, payee, AMOUNT)
    done(await bank.client.send(credit(bank.key(), bank.parties[4].number, AMOUNT, taken.key, "deal/1")))
    await bank.post(f"/accounts/{closing.number}/closure", {})
    other = (await bank.new_client(3, "0.00")).number
    done(await bank.client.send(refund(bank.key(), [taken.key], payee_account=other, fee="returned")))


async def test_the_audit_names_each_corruption_of_refunds_and_debts(bank: RunningBank, saboteur: AsyncEngine) -> None:
    await owing(bank)
    assert await bank.violations() == []
    heard = await heard_of(saboteur, CORRUPTED_REFUNDS)
    assert never_heard(REFUND_CHECKS, heard) == []
    assert await bank.violations() == []


async def test_the_database_itself_refuses_impossible_refunds(bank: RunningBank) -> None:
    await owing(bank)
    impossible = [
        ("operations_refunded", "UPDATE operations SET refunded_minor = amount_minor + 1 WHERE kind = 'debit'"),
        ("operations_refunded", "UPDATE operations SET refunded_minor = -1 WHERE kind = 'credit'"),
        ("operations_refunded", "UPDATE operations SET refunded_minor = 1 WHERE status = 'pause'"),
        (
            "operations_fee_refunded",
            "UPDATE operations SET fee_refunded_minor = fee_minor + 1 WHERE refunded_minor > 0",
        ),
        (
            "operations_credited",
            "UPDATE operations SET uncredited_refunded_minor = amount_minor WHERE credited_minor > 0",
        ),
        ("operations_source", "UPDATE operations SET source = NULL WHERE kind = 'refund'"),
        ("operations_status", "UPDATE operations SET status = 'confirmed' WHERE status = 'pause'"),
    ]
    for constraint, statement in impossible:
        with pytest.raises(IntegrityError, match=constraint):
            async with bank.database.transaction() as session:
                await session.execute(text(statement))
    for forbidden in (
        "DELETE FROM refund_parts",
        "UPDATE refund_parts SET amount_minor = 1",
        "UPDATE ledger.accounts SET balance_minor = -1 WHERE code LIKE 'debt/%'",
    ):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with bank.database.transaction() as session:
                await session.execute(text(forbidden))
