"""Paying in one call: the confirmed amount leaves the payer and reaches the payee in one transaction."""

from __future__ import annotations

from dataclasses import replace

from bank.service.acts.credits import new_credit, postings
from bank.service.acts.debts import netting
from bank.service.acts.operations import captures, holds
from bank.service.facts import Facts
from bank.service.plan import Plan
from bank.service.values import Operation, UsedCode
from domain.errors import Conflict
from domain.money import Money


def check_details(operation: Operation, payer: str, payee: str, amount: Money) -> None:
    """Raises `Conflict` `operation_differs` unless the operation was opened for exactly this."""
    opened = Money(operation.amount_minor, operation.currency)
    for field, is_same in (
        ("payer_account", operation.payer_account == payer),
        ("payee_account", operation.payee_account == payee),
        ("currency", opened.currency == amount.currency),
        ("amount", opened.minor == amount.minor),
    ):
        if not is_same:
            refusal = Conflict("operation_differs", "The operation was opened for something else.")
            refusal.field = field
            raise refusal


def pay(facts: Facts, used_code: UsedCode) -> Plan:
    """Debits principal and fee of a created operation whose code is redeemed, and credits its payee.

    The plan has the operation, captured, and its credit. Raises `Conflict` `account_closed`; the ledger may refuse for
    `insufficient_funds`.
    """
    operation = facts.known_operation()
    payer = facts.open_account(operation.payer_account, "payer_account")
    payee = facts.open_account(operation.payee_account, "payee_account")
    amount = Money(operation.amount_minor, operation.currency)
    credit = new_credit(facts, operation, payee, amount, operation.reference)
    paid = replace(operation, status="success", held_at=facts.now, captured_at=facts.now, credited_minor=amount.minor)
    legs = holds(facts, operation, payer) + captures(operation) + postings(facts, operation, credit, payee)
    return Plan([paid, credit], legs=legs + netting(facts, payee, amount.minor, credit.key), used_code=used_code)
