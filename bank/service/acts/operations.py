"""Operations: opening, confirmation, debit into a hold, capture, void.

Each decides by what was locked and read (`Facts`) and returns what to write (`Plan`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.acts.books import book_code, debt_code
from bank.service.acts.codes import code_rejected
from bank.service.facts import Books, Facts
from bank.service.models import OperationRow
from bank.service.plan import Plan
from bank.service.refusals import (
    SameAccount,
    UnknownAccount,
    insufficient_funds,
    operation_ended,
    unknown_operation,
)
from bank.service.rules.accounts import bank_named_in, bank_of_account
from bank.service.rules.operations import end_of, fee_leg, new_operation_key, principal_leg
from bank.service.values import KnownAccount, Operation, Turn, UsedCode
from domain.errors import Conflict, Forbidden, Refusal
from domain.money import Money
from ledger import Capture, Command, Hold, Void


def opening(
    facts: Facts, payer: str, payee: str, amount: Money, expected_fee: Money, reference: str, funds: Turn
) -> tuple[Plan, Refusal | None]:
    """As `open_operation`, and checks the payer's funds as long as `funds` has a place left.

    An opening reveals both answers: without a limit two dozen of them would reveal an account's balance. Without a
    place it is opened without the check, and a lack of money shows at the debit, after the payer's code.
    """
    operation = open_operation(facts, payer, payee, amount, expected_fee, reference)
    if facts.wait_s is not None:
        return Plan([operation]), None
    turn = replace(funds, account=payer)
    if facts.accounts[payer].available_minor < operation.amount_minor + operation.fee_minor:
        return Plan(turn=turn), insufficient_funds()
    return Plan([operation], turn=turn), None


def open_operation(
    facts: Facts, payer: str, payee: str, amount: Money, expected_fee: Money, reference: str
) -> Operation:
    """A new operation in `created`: nothing is held before the payer's code.

    Raises `UnknownAccount`, `SameAccount` and `Conflict`: `account_closed`, `currency_mismatch`, `fee_changed` (the
    detail names the present fee).
    """
    if payer == payee:
        raise SameAccount
    payer_account = facts.open_account(payer, "payer_account")
    payee_account = facts.open_account(payee, "payee_account")
    if payer_account.client_id is None:
        raise UnknownAccount("payer_account")  # a platform's account has no owner who could confirm a code
    if not payer_account.currency == payee_account.currency == amount.currency:
        raise Conflict("currency_mismatch", "Amount and both accounts must have one currency.", "currency")
    fee = Money(facts.fee_minor(amount.minor), amount.currency)
    if fee != expected_fee:
        raise Conflict("fee_changed", f"The fee is {fee}.", "expected_fee")
    return Operation(
        key=new_operation_key(payer_account.bank_id),
        caller=facts.caller,
        kind="debit",
        status="created",
        amount_minor=amount.minor,
        fee_minor=fee.minor,
        currency=amount.currency,
        payer_account=payer,
        payee_account=payee,
        reference=reference,
        created_at=facts.now,
    )


def fee_pair(payer: str, payee: str, amount: Money) -> tuple[int | None, int | None, str]:
    """The banks and currency that determine an operation's fee."""
    return bank_of_account(payer), bank_of_account(payee), amount.currency


def confirm(facts: Facts, used_code: UsedCode) -> Plan:
    """Records that the code of a created operation is redeemed; nothing is held yet."""
    confirmed = replace(facts.known_operation(), status="confirmed", confirmed_at=facts.now)
    return Plan([confirmed], used_code=used_code)


def hold(facts: Facts, used_code: UsedCode | None) -> Plan:
    """Holds principal and fee of an operation whose code is redeemed, now or before.

    Raises `Conflict` `account_closed`; the ledger may refuse for `insufficient_funds`.
    """
    operation = facts.known_operation()
    payer = facts.open_account(operation.payer_account, "payer_account")
    held = replace(operation, status="pause", held_at=facts.now)
    return Plan([held], legs=holds(facts, operation, payer), used_code=used_code)


def holds(books: Books, operation: Operation, payer: KnownAccount) -> list[Command]:
    """Principal and fee, from the payer to the books of the payer's bank."""
    payee_bank = bank_named_in(operation.payee_account)
    principal, fee = principal_leg(operation.key), fee_leg(operation.key)
    debt = books.shard(debt_code(payer.bank_id, payee_bank, operation.currency), operation.key)
    legs: list[Command] = [
        Hold(principal, payer.ledger_id, debt, operation.amount_minor, operation.currency, operation.key)
    ]
    if operation.fee_minor:
        fees = books.shard(book_code(payer.bank_id, "fees", operation.currency), operation.key)
        legs.append(Hold(fee, payer.ledger_id, fees, operation.fee_minor, operation.currency, operation.key))
    return legs


def capture(facts: Facts) -> Plan:
    """Captures what is held. Raises `NotFound`, `Conflict`: `not_held` before the debit, `operation_ended`."""
    operation = facts.known_operation()
    if operation.status in ("created", "confirmed"):
        raise Conflict("not_held", "Nothing is held: the debit comes first.")
    if operation.status != "pause":
        raise operation_ended()
    return Plan([replace(operation, status="success", captured_at=facts.now)], legs=captures(operation))


def void(facts: Facts) -> Plan:
    """Ends an operation that is not captured; a void one stays unchanged.

    A void that comes before its debit leaves the operation void, and the debit is then refused.
    Raises `NotFound`, `Conflict` `operation_ended`.
    """
    operation = facts.known_operation()
    if operation.status == "void":
        return Plan([operation])
    if operation.status not in ("created", "confirmed", "pause"):
        raise operation_ended()
    legs = voids(operation) if operation.status == "pause" else []
    ended = replace(operation, status="void", voided_at=facts.now)
    return Plan([ended], legs=legs, kills_codes_of=operation.key)


def awaiting_code(facts: Facts) -> Operation:
    """The caller's operation, if it is only created. Raises `NotFound` `unknown_operation` and `Conflict`:
    `operation_ended` when it is void, `code_rejected` when its code was already used, because a used code gets the
    answer of a wrong one.
    """
    operation = facts.known_operation()
    if operation.status == "void":
        raise operation_ended()
    if operation.status != "created":
        raise code_rejected()
    return operation


def confirmed(facts: Facts) -> Operation:
    """The caller's operation, whose code was redeemed. Raises `NotFound` `unknown_operation` and `Conflict`:
    `not_confirmed` before, `operation_ended` after.
    """
    operation = facts.known_operation()
    if operation.status == "created":
        raise Conflict("not_confirmed", "The payer has not confirmed the operation by a code.")
    if operation.status != "confirmed":
        raise operation_ended()
    return operation


async def find_operation(session: AsyncSession, caller: str, key: str) -> OperationRow:
    """The caller's operation of any kind; raises `NotFound` `unknown_operation`."""
    mine = select(OperationRow).where(OperationRow.key == key, OperationRow.caller == caller)
    operation = await session.scalar(mine)
    if operation is None:
        raise unknown_operation()
    return operation


async def list_operations(
    session: AsyncSession, caller: str, reference: str | None, after: int, limit: int
) -> Sequence[OperationRow]:
    """The caller's operations with an id above `after`, oldest first: those with `reference`, or all for None."""
    statement = select(OperationRow).where(OperationRow.caller == caller)
    if reference is not None:
        statement = statement.where(OperationRow.reference == reference)
    statement = statement.where(OperationRow.id > after).order_by(OperationRow.id).limit(limit)
    return (await session.scalars(statement)).all()


def captures(operation: Operation) -> list[Command]:
    return [Capture(end_of(leg, "capture"), leg) for leg in _legs(operation)]


def voids(operation: Operation) -> list[Command]:
    return [Void(end_of(leg, "void"), leg) for leg in _legs(operation)]


def _legs(operation: Operation) -> list[str]:
    legs = [principal_leg(operation.key)]
    if operation.fee_minor:
        legs.append(fee_leg(operation.key))
    return legs


async def total_of(session: AsyncSession, caller: str, key: str | None, payer: str, amount: Money) -> Money:
    """The sum that the caller's operation, which awaits its code, will take from the account `payer`: amount and fee.

    Raises `Forbidden` `consent_needed` without a key, `NotFound` `unknown_operation`, `Conflict` `operation_ended`,
    `operation_differs` for another account or amount.
    """
    if key is None:
        raise Forbidden("consent_needed", "Name an operation of yours, or send the Account-Token of the owner.")
    operation = await find_operation(session, caller, key)
    if (operation.payer_account, Money(operation.amount_minor, operation.currency)) != (payer, amount):
        raise Conflict("operation_differs", "The operation is from another account, or of another amount.")
    if operation.kind != "debit" or operation.status != "created":
        raise operation_ended()
    return amount + Money(operation.fee_minor, operation.currency)
