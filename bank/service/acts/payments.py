"""Paying in one call: the confirmed amount leaves the payer and reaches the payee in one transaction."""

from __future__ import annotations

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.acts.credits import add_credit, postings
from bank.service.acts.debts import post_and_net
from bank.service.acts.operations import captures, holds
from bank.service.models import Account, OperationRow
from bank.service.refusals import account_closed
from domain.errors import Conflict
from domain.money import Money
from ledger import Command


def check_details(operation: OperationRow, payer: str, payee: str, amount: Money) -> None:
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


async def pay(session: AsyncSession, operation: OperationRow) -> tuple[OperationRow, OperationRow]:
    """Debits principal and fee of a created operation whose code was just redeemed, and credits its payee.

    The operation is locked. Returns it, captured, and its credit. Raises `Conflict`: `insufficient_funds`,
    `account_closed`.
    """
    payer, payee = await _lock_accounts(session, operation)
    amount = Money(operation.amount_minor, operation.currency)
    credit = await add_credit(session, operation, payee, amount, operation.reference)
    legs: list[Command] = [
        *await holds(session, operation, payer),
        *captures(operation),
        *await postings(session, operation, credit, payee),
    ]
    await post_and_net(session, legs, payee, amount.minor, credit.key)
    paid = await session.scalars(
        update(OperationRow)
        .where(OperationRow.key == operation.key, OperationRow.status == "created")
        .values(
            status="success",
            held_at=func.clock_timestamp(),
            captured_at=func.clock_timestamp(),
            credited_minor=amount.minor,
        )
        .returning(OperationRow),
        execution_options={"populate_existing": True, "synchronize_session": False},
    )
    return paid.one(), credit


async def _lock_accounts(session: AsyncSession, operation: OperationRow) -> tuple[Account, Account]:
    numbers = (operation.payer_account, operation.payee_account)
    statement = select(Account).where(Account.number.in_(numbers)).order_by(Account.number)
    found = {row.number: row for row in await session.scalars(statement.with_for_update(read=True))}
    payer, payee = (found[number] for number in numbers)
    if payer.closed_at is not None:
        raise account_closed("payer_account")
    if payee.closed_at is not None:
        raise account_closed("payee_account")
    return payer, payee
