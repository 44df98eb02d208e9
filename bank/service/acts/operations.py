"""Operations: opening, confirmation, debit into a hold, capture, void.

Locks: operation, code, account, ledger, in this order.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.acts.accounts import available_minor, find_open_account
from bank.service.acts.books import book_code, debt_code, shard
from bank.service.acts.codes import code_rejected, kill_codes
from bank.service.acts.fees import fee_for
from bank.service.models import Account, OperationRow
from bank.service.refusals import (
    SameAccount,
    UnknownAccount,
    insufficient_funds,
    operation_ended,
    post_linked,
    unknown_operation,
)
from bank.service.rules.accounts import bank_named_in
from bank.service.rules.operations import end_of, fee_leg, new_operation_key, principal_leg
from domain.errors import Conflict
from domain.money import Money
from ledger import Capture, Hold, Void


async def open_operation(
    session: AsyncSession, caller: str, payer: str, payee: str, amount: Money, expected_fee: Money, reference: str
) -> OperationRow:
    """A new operation in `created`: nothing is held before the payer's code.

    Raises `UnknownAccount`, `SameAccount` and `Conflict`: `account_closed`, `currency_mismatch`, `fee_changed`
    (the detail names the fee of now), `insufficient_funds`.
    """
    if payer == payee:
        raise SameAccount
    payer_account = await find_open_account(session, payer, "payer_account")
    payee_account = await find_open_account(session, payee, "payee_account")
    if payer_account.client_id is None:
        raise UnknownAccount("payer_account")  # an operator's account has nobody who could confirm a code
    if not payer_account.currency == payee_account.currency == amount.currency:
        raise Conflict("currency_mismatch", "Amount and both accounts must have one currency.", "currency")
    fee = await fee_for(session, payer_account.bank_id, payee_account.bank_id, amount)
    if fee != expected_fee:
        raise Conflict("fee_changed", f"The fee is {fee}.", "expected_fee")
    if await available_minor(session, payer_account) < amount.minor + fee.minor:
        raise insufficient_funds()
    operation = OperationRow(
        key=new_operation_key(payer_account.bank_id),
        caller=caller,
        kind="debit",
        status="created",
        amount_minor=amount.minor,
        fee_minor=fee.minor,
        currency=amount.currency,
        payer_account=payer,
        payee_account=payee,
        reference=reference,
        source=None,
    )
    session.add(operation)
    await session.flush()
    return operation


async def confirm(session: AsyncSession, operation: OperationRow) -> OperationRow:
    """Notes that the code of a created operation was just redeemed; nothing is held yet. The operation is locked."""
    return await _moved_on(session, operation, "confirmed")


async def hold(session: AsyncSession, operation: OperationRow) -> OperationRow:
    """Holds principal and fee of an operation whose code was redeemed, just now or before. The operation is locked.

    Raises `Conflict`: `insufficient_funds`, `account_closed`.
    """
    payer = await find_open_account(session, operation.payer_account, "payer_account", lock=True)
    await post_linked(session, await holds(session, operation, payer))
    return await _moved_on(session, operation, "pause")


async def holds(session: AsyncSession, operation: OperationRow, payer: Account) -> list[Hold]:
    """Principal and fee, from the payer to the books of his bank."""
    payee_bank = bank_named_in(operation.payee_account)
    principal, fee = principal_leg(operation.key), fee_leg(operation.key)
    debt = await shard(session, debt_code(payer.bank_id, payee_bank, operation.currency), operation.key)
    legs = [Hold(principal, payer.ledger_id, debt, operation.amount_minor, operation.currency, operation.key)]
    if operation.fee_minor:
        fees = await shard(session, book_code(payer.bank_id, "fees", operation.currency), operation.key)
        legs.append(Hold(fee, payer.ledger_id, fees, operation.fee_minor, operation.currency, operation.key))
    return legs


async def capture(session: AsyncSession, caller: str, key: str) -> OperationRow:
    """Takes what is held, for good. Raises `NotFound`, `Conflict`: `not_held` before the debit, `operation_ended`."""
    operation = await lock_operation(session, caller, key)
    if operation.status in ("created", "confirmed"):
        raise Conflict("not_held", "Nothing is held: the debit comes first.")
    if operation.status != "pause":
        raise operation_ended()
    await post_linked(session, captures(operation))
    return await _moved_on(session, operation, "success")


async def void(session: AsyncSession, caller: str, key: str) -> OperationRow:
    """Ends an operation that is not captured; one that is void already stays as it is.

    A void that comes before its debit leaves the operation void, and the debit is then refused.
    Raises `NotFound`, `Conflict` `operation_ended`.
    """
    operation = await lock_operation(session, caller, key)
    if operation.status == "void":
        return operation
    if operation.status not in ("created", "confirmed", "pause"):
        raise operation_ended()
    if operation.status == "pause":
        await post_linked(session, voids(operation))
    await kill_codes(session, key)
    return await _moved_on(session, operation, "void")


async def lock_operation(session: AsyncSession, caller: str, key: str) -> OperationRow:
    """The caller's debit operation, locked until the transaction ends; raises `NotFound` `unknown_operation`."""
    mine = select(OperationRow).where(OperationRow.key == key, OperationRow.caller == caller)
    operation = await session.scalar(mine.where(OperationRow.kind == "debit").with_for_update())
    if operation is None:
        raise unknown_operation()
    return operation


async def lock_for_debit(session: AsyncSession, caller: str, key: str) -> OperationRow:
    """As `lock_operation`; raises `Conflict` too: `operation_ended` when it is void, `code_rejected` when its code
    was used already, because a used code has the answer of a wrong one.
    """
    operation = await lock_operation(session, caller, key)
    if operation.status == "void":
        raise operation_ended()
    if operation.status != "created":
        raise code_rejected()
    return operation


async def lock_confirmed(session: AsyncSession, caller: str, key: str) -> OperationRow:
    """As `lock_operation`; raises `Conflict` unless it is confirmed: `not_confirmed` before, else `operation_ended`."""
    operation = await lock_operation(session, caller, key)
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
    session: AsyncSession, caller: str, reference: str, after: int, limit: int
) -> Sequence[OperationRow]:
    """The caller's operations with `reference` and an id above `after`, oldest first."""
    statement = select(OperationRow).where(OperationRow.caller == caller, OperationRow.reference == reference)
    statement = statement.where(OperationRow.id > after).order_by(OperationRow.id).limit(limit)
    return (await session.scalars(statement)).all()


def captures(operation: OperationRow) -> list[Capture]:
    return [Capture(end_of(leg, "capture"), leg) for leg in _legs(operation)]


def voids(operation: OperationRow) -> list[Void]:
    return [Void(end_of(leg, "void"), leg) for leg in _legs(operation)]


def _legs(operation: OperationRow) -> list[str]:
    legs = [principal_leg(operation.key)]
    if operation.fee_minor:
        legs.append(fee_leg(operation.key))
    return legs


_MOMENT = {
    "confirmed": OperationRow.confirmed_at,
    "pause": OperationRow.held_at,
    "success": OperationRow.captured_at,
    "void": OperationRow.voided_at,
}


async def _moved_on(session: AsyncSession, operation: OperationRow, status: str) -> OperationRow:
    # The operation is locked by this transaction: exactly one row moves.
    moved = await session.scalars(
        update(OperationRow)
        .where(OperationRow.key == operation.key, OperationRow.status == operation.status)
        .values({OperationRow.status: status, _MOMENT[status]: func.clock_timestamp()})
        .returning(OperationRow),
        execution_options={"populate_existing": True, "synchronize_session": False},
    )
    return moved.one()
