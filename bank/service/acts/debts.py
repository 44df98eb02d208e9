"""What an account owes the operator's guarantee account, and how it pays: out of whatever arrives next.

When a payee has spent what is to be refunded, the guarantee account at his bank pays in his place. From then on he
owes it: his debt account has that balance, the receivables of his bank have it with the opposite sign.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from bank.service.acts.books import book_code, open_receivables, shard
from bank.service.facts import Facts, KnownAccount
from bank.service.models import Account, Bank
from bank.service.refusals import post_linked
from bank.service.rules.operations import debt_leg, netting_leg
from ledger import Command, Hold, Post


async def debt_minor(session: AsyncSession, account: Account) -> int:
    """What the account owes the guarantee account of its bank, minor units."""
    if account.debt_ledger_id is None:
        return 0
    return (await ledger.balance(await session.connection(), account.debt_ledger_id)).balance_minor


class MissingDebt(LookupError):
    """An account that is about to owe for the first time; `open_debt`, and the step is to be decided again."""

    def __init__(self, number: str) -> None:
        super().__init__(number)
        self.number = number


async def open_debt(session: AsyncSession, number: str) -> None:
    """Opens the ledger account of what the account `number` owes, and the receivables of its bank. Idempotent."""
    account = await session.get_one(Account, number, populate_existing=True, with_for_update={"key_share": True})
    await open_receivables(session, account.bank_id, account.currency)
    if account.debt_ledger_id is None:
        # Guarded: the ledger itself refuses to take more than is owed.
        account.debt_ledger_id = await ledger.open_account(
            await session.connection(), f"debt/{account.number}", account.currency, floor_minor=0
        )
        await session.flush()


def netting(facts: Facts, payee: KnownAccount, arriving_minor: int, key: str) -> list[Post]:
    """What `payee` pays of his debt, under `key`, out of `arriving_minor`, which come with the same posting."""
    account, debt = payee.account, payee.account.debt_ledger_id
    if debt is None:
        return []
    assert payee.guarantee is not None, "every bank is opened with its guarantee account"
    assert payee.debt_minor is not None, "the debt has an account"
    receivables = facts.shard(book_code(account.bank_id, "receivables", account.currency), account.number)
    minor = min(arriving_minor, payee.debt_minor)
    return _netting_legs(account, payee.guarantee, debt, receivables, minor, key)


async def post_and_net(
    session: AsyncSession, commands: Sequence[Command], payee: Account, arriving_minor: int, key: str
) -> None:
    """Posts `commands`, which bring `arriving_minor` to `payee`, and pays his debt out of that, under `key`.

    His row is locked, so that no debt can be made meanwhile. Raises as `post_linked`.
    """
    if payee.debt_ledger_id is None:
        await post_linked(session, commands)
        return
    legs = await _netting(session, payee, payee.debt_ledger_id, arriving_minor, key, commands)
    await post_linked(session, [*commands, *legs])


async def pay_before_closing(session: AsyncSession, account: Account, balance_minor: int, key: str) -> int:
    """Pays the debt of an account out of its balance; what is left of the balance. Its row is locked."""
    if account.debt_ledger_id is None:
        return balance_minor
    legs = await _netting(session, account, account.debt_ledger_id, balance_minor, key, [])
    await post_linked(session, legs)
    return balance_minor - sum(leg.amount_minor for leg in legs if leg.debit == account.ledger_id)


async def _netting(
    session: AsyncSession, account: Account, debt: int, at_most_minor: int, key: str, others: Sequence[Command]
) -> list[Post]:
    guarantee = await session.scalar(
        select(Account.ledger_id).join(Bank, Bank.guarantee_account == Account.number).where(Bank.id == account.bank_id)
    )
    assert guarantee is not None, "every bank is opened with its guarantee account"
    receivables = await shard(session, book_code(account.bank_id, "receivables", account.currency), account.number)
    # All accounts of the posting to come, at once: a second, later set of locks could deadlock.
    touched = {account.ledger_id, guarantee, receivables, debt}
    for command in others:
        if isinstance(command, Post | Hold):
            touched |= {command.debit, command.credit}
    balances = await ledger.lock_balances(await session.connection(), touched)
    return _netting_legs(account, guarantee, debt, receivables, min(at_most_minor, balances[debt].balance_minor), key)


def _netting_legs(account: Account, guarantee: int, debt: int, receivables: int, minor: int, key: str) -> list[Post]:
    if not minor:
        return []
    currency = account.currency
    return [
        Post(netting_leg(key), account.ledger_id, guarantee, minor, currency, key),
        Post(debt_leg(key), debt, receivables, minor, currency, key),
    ]
