"""Credits: paying a captured debit out to the payee, in one or several parts."""

from __future__ import annotations

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.acts.accounts import find_open_account
from bank.service.acts.books import debt_code, shard
from bank.service.acts.debts import post_and_net
from bank.service.acts.operations import lock_operation
from bank.service.models import Account, OperationRow
from bank.service.rules.accounts import bank_named_in
from bank.service.rules.operations import new_operation_key, principal_leg, reroute_leg
from domain.errors import Conflict
from domain.money import Money
from ledger import Post


async def pay_out(
    session: AsyncSession, caller: str, payee: str, amount: Money, source_key: str, reference: str
) -> OperationRow:
    """Pays `amount` out of the caller's captured debit `source_key` to `payee`, at whatever bank that is.

    Raises `NotFound` `unknown_operation`, `UnknownAccount` and `Conflict`: `not_captured`, `currency_mismatch`,
    `account_closed`, `exceeds_source` (all credits together may not exceed the captured principal, less what of
    it was refunded). What the payee owes for earlier refunds is paid out of it at once.
    """
    source = await lock_operation(session, caller, source_key)
    if source.status != "success":
        raise Conflict("not_captured", "The source has not been captured.", "source")
    payee_account = await find_open_account(session, payee, "payee_account", lock=True)
    left_minor = source.amount_minor - source.credited_minor - source.uncredited_refunded_minor
    if not source.currency == payee_account.currency == amount.currency:
        raise Conflict("currency_mismatch", f"The source is in {source.currency}.", "currency")
    if amount.minor > left_minor:
        left = Money(left_minor, source.currency)
        raise Conflict("exceeds_source", f"Only {left} of the source is left.", "amount")
    operation = await add_credit(session, source, payee_account, amount, reference)
    await post_and_net(
        session, await postings(session, source, operation, payee_account), payee_account, amount.minor, operation.key
    )
    await session.execute(
        update(OperationRow)
        .where(OperationRow.key == source.key)
        .values(credited_minor=OperationRow.credited_minor + amount.minor),
        execution_options={"synchronize_session": False},
    )
    return operation


async def add_credit(
    session: AsyncSession, source: OperationRow, payee: Account, amount: Money, reference: str
) -> OperationRow:
    """The row of a credit out of `source`."""
    operation = OperationRow(
        key=new_operation_key(payee.bank_id),
        caller=source.caller,
        kind="credit",
        status="success",
        amount_minor=amount.minor,
        fee_minor=0,
        currency=amount.currency,
        payer_account=source.payer_account,
        payee_account=payee.number,
        reference=reference,
        source=source.key,
        captured_at=await session.scalar(select(func.clock_timestamp())),
    )
    session.add(operation)
    await session.flush()
    return operation


async def postings(session: AsyncSession, source: OperationRow, operation: OperationRow, payee: Account) -> list[Post]:
    """What brings the credit `operation` from the books of the banks to `payee`."""
    payer_bank, foreseen_bank = bank_named_in(source.payer_account), bank_named_in(source.payee_account)
    bank = payee.bank_id
    amount, currency = operation.amount_minor, operation.currency
    legs: list[Post] = []
    if bank != foreseen_bank:
        # The payer's bank booked its debt to the bank it knew of; now it owes it to another one instead.
        before = await shard(session, debt_code(payer_bank, foreseen_bank, currency), source.key)
        after = await shard(session, debt_code(payer_bank, bank, currency), source.key)
        legs.append(Post(reroute_leg(operation.key), before, after, amount, currency, operation.key))
    claim = await shard(session, debt_code(bank, payer_bank, currency), source.key)
    legs.append(Post(principal_leg(operation.key), claim, payee.ledger_id, amount, currency, operation.key))
    return legs
