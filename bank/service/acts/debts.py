"""An account's debt to the platform's guarantee account, and its repayment out of the next money that arrives.

When a payee has spent what is to be refunded, the guarantee account of the payee's bank pays in their place. From then
on they owe it: their debt account has that balance, the receivables of their bank have it with the opposite sign.
"""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from bank.service.acts.books import book_code
from bank.service.facts import Facts
from bank.service.models import Account
from bank.service.rules.operations import debt_leg, netting_leg
from bank.service.values import KnownAccount
from ledger import Command, Post


async def debt_minor(session: AsyncSession, account: Account) -> int:
    """The account's debt to the guarantee account of its bank, minor units."""
    if account.debt_ledger_id is None:
        return 0
    return (await ledger.balance(await session.connection(), account.debt_ledger_id)).balance_minor


async def debt_account(session: AsyncSession, account: KnownAccount) -> int:
    """The ledger account for the debt of the locked `account`, opened with its first debt."""
    if account.debt_ledger_id is not None:
        return account.debt_ledger_id
    # Guarded: the ledger itself refuses to take more than is owed.
    opened = await ledger.open_account(
        await session.connection(), f"debt/{account.number}", account.currency, floor_minor=0
    )
    owing = update(Account).where(Account.number == account.number).values(debt_ledger_id=opened)
    await session.execute(owing, execution_options={"synchronize_session": False})
    return opened


def netting(facts: Facts, payee: KnownAccount, arriving_minor: int, key: str) -> list[Command]:
    """What `payee` repays, under `key`, out of `arriving_minor`, which arrive with the same posting."""
    minor, currency = min(arriving_minor, payee.debt_minor or 0), payee.currency
    if payee.debt_ledger_id is None or not minor:
        return []
    receivables = facts.shard(book_code(payee.bank_id, "receivables", currency), payee.number)
    return [
        Post(netting_leg(key), payee.ledger_id, payee.guarantee.ledger_id, minor, currency, key),
        Post(debt_leg(key), payee.debt_ledger_id, receivables, minor, currency, key),
    ]
