"""Payouts: the marketplace's own money to a client's account, and its return by the payee's bank.

They are paid from the guarantee account at the payee's bank, within one bank, so that there is no fee and no debt
between banks. Locks: payout, accounts by number, ledger by id.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.acts.debts import netting
from bank.service.facts import Facts
from bank.service.models import Account, Bank, Payout, Webhook
from bank.service.plan import Plan
from bank.service.refusals import UnknownAccount, account_closed, operation_ended, post_linked, unknown_operation
from bank.service.rules.accounts import bank_of_account
from bank.service.rules.operations import new_operation_key, payout_leg
from bank.service.values import NewPayout
from domain.errors import Conflict
from domain.money import Money
from ledger import Post


def pay_out(facts: Facts, request_key: str, payee: str, amount: Money, expected_fee: Money, reference: str) -> Plan:
    """Pays `amount` to `payee`; what the payee owes for earlier refunds is paid out of it at once.

    Raises `UnknownAccount` and `Conflict`: `account_closed`, `currency_mismatch`, `fee_changed`; the ledger may refuse
    for `insufficient_funds`.
    """
    account = facts.accounts.get(payee)
    if account is None or account.client_id is None:
        raise UnknownAccount("payee_account")
    account, guarantee = facts.open_account(payee, "payee_account"), account.guarantee
    if not account.currency == guarantee.currency == amount.currency:
        raise Conflict("currency_mismatch", f"The account is in {account.currency}.", "currency")
    if expected_fee.minor:
        raise Conflict("fee_changed", f"The fee is {Money(0, amount.currency)}.", "expected_fee")
    made = NewPayout(
        key=new_operation_key(account.bank_id),
        caller=facts.caller,
        request_key=request_key,
        amount_minor=amount.minor,
        fee_minor=0,
        currency=amount.currency,
        payer_account=guarantee.number,
        payee_account=account.number,
        reference=reference,
        created_at=facts.now,
    )
    leg = payout_leg(made.key, "paid")
    post = Post(leg, guarantee.ledger_id, account.ledger_id, amount.minor, amount.currency, made.key)
    return Plan(payouts=[made], legs=[post, *netting(facts, account, amount.minor, payout_leg(made.key))])


async def find_payout(session: AsyncSession, caller: str, key: str) -> Payout:
    """The caller's payout in its present state. Raises `NotFound` `unknown_operation`."""
    found = await session.scalar(select(Payout).where(Payout.key == key, Payout.caller == caller))
    if found is None:
        raise unknown_operation()
    return found


async def list_payouts(session: AsyncSession, caller: str, after: str | None, limit: int) -> Sequence[Payout]:
    """The caller's payouts in order of their keys, those after `after`."""
    statement = select(Payout).where(Payout.caller == caller).order_by(Payout.key).limit(limit)
    if after is not None:
        statement = statement.where(Payout.key > after)
    return (await session.scalars(statement)).all()


async def return_payout(session: AsyncSession, key: str) -> Payout:
    """Returns a payout to the guarantee account, as a whole, and notifies its marketplace.

    Raises `NotFound` `unknown_operation` and `Conflict`: `operation_ended` when it was already returned,
    `account_closed`, `insufficient_funds` when the payee has spent it.
    """
    payout = await session.scalar(select(Payout).where(Payout.key == key).with_for_update(key_share=True))
    if payout is None:
        raise unknown_operation()
    if payout.returned_at is not None:
        raise operation_ended()
    account, guarantee = await _accounts(session, payout.payee_account)
    leg = payout_leg(payout.key, "returned")
    post = Post(leg, account.ledger_id, guarantee.ledger_id, payout.amount_minor, payout.currency, payout.key)
    await post_linked(session, [post])
    payout.returned_at = await session.scalar(select(func.clock_timestamp()))
    await session.flush()
    message = {"bank_id": account.bank_id, "caller": payout.caller, "key": payout.request_key, "operation": payout.key}
    await session.execute(insert(Webhook).values(**message, status="returned"))
    return payout


async def _accounts(session: AsyncSession, payee: str) -> tuple[Account, Account]:
    """The payee's account and the guarantee account of its bank, locked in order of their numbers."""
    of_bank = select(Bank.guarantee_account).where(Bank.id == bank_of_account(payee)).scalar_subquery()
    query = select(Account).where((Account.number == payee) | (Account.number == of_bank)).order_by(Account.number)
    rows = {row.number: row for row in await session.scalars(query.with_for_update(key_share=True))}
    account = rows.get(payee)
    if account is None or account.client_id is None:
        raise UnknownAccount("payee_account")
    if account.closed_at is not None:
        raise account_closed("payee_account")
    [guarantee] = [row for row in rows.values() if row is not account]
    return account, guarantee
