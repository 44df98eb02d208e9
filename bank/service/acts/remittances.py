"""Remittances: clients send money to other accounts, with details; and what has come to the platform's accounts.

A remittance gets its number, and its time, while the payee's account is locked until the commit. So the numbers of an
account are in the order of the commits, and a reader who knows all up to one of them never misses one that is
committed late.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.acts.accounts import unknown_account
from bank.service.acts.books import book_code, debt_code
from bank.service.acts.debts import netting
from bank.service.acts.webhooks import notify_of_funding
from bank.service.facts import Facts
from bank.service.models import Account, Remittance
from bank.service.refusals import SameAccount, operation_ended, post_linked, unknown_operation
from bank.service.rules.operations import new_operation_key, remittance_leg
from bank.service.values import KnownAccount
from domain.errors import Conflict
from domain.money import Money
from ledger import Command, Post

_NOTIFIED: Final = "guarantee"


@dataclass(frozen=True, slots=True)
class Incoming:
    """What came to an account, by number, after a given one.

    `complete_until`: everything booked up to this time, by the bank database's clock, is in this page or before it.
    """

    remittances: list[Remittance]
    more: bool
    complete_until: datetime


async def remit(session: AsyncSession, facts: Facts, payer: str, payee: str, amount: Money, details: str) -> Remittance:
    """Sends `amount` from `payer`, who pays the fee on top; what the payee owes for refunds is paid out of it at once.

    Raises `UnknownAccount`, `SameAccount` and `Conflict`: `account_closed`, `currency_mismatch`, `operator_account`,
    `insufficient_funds`.
    """
    if payer == payee:
        raise SameAccount
    payer_account, payee_account = _open(facts, payer), facts.open_account(payee, "payee_account")
    if not payer_account.currency == payee_account.currency == amount.currency:
        raise Conflict("currency_mismatch", "Amount and both accounts must have one currency.", "currency")
    if payer_account.client_id is None:
        raise Conflict("operator_account", "The operator's accounts pay by payouts.")
    key, fee_minor = new_operation_key(payer_account.bank_id), facts.fee_minor(amount.minor)
    legs = _postings(facts, key, payer_account, payee_account, amount, fee_minor)
    await post_linked(session, [*legs, *netting(facts, payee_account, amount.minor, remittance_leg(key))])
    newest = await session.scalar(select(func.max(Remittance.number)).where(Remittance.payee_account == payee))
    made = Remittance(
        key=key,
        payee_account=payee,
        number=(newest or 0) + 1,
        payer_account=payer,
        amount_minor=amount.minor,
        fee_minor=fee_minor,
        currency=amount.currency,
        details=details,
        booked_at=facts.now,
    )
    session.add(made)
    await session.flush()
    if payee_account.kind == _NOTIFIED:
        await notify_of_funding(session, payee_account.bank_id, payee, key)
    return made


async def sent(session: AsyncSession, key: str) -> Remittance:
    """Raises `NotFound` `unknown_operation`, also when it went to a client: theirs are not for marketplaces to see."""
    query = select(Remittance).join(Account, Account.number == Remittance.payee_account)
    found = await session.scalar(query.where(Remittance.key == key, Account.kind != "client"))
    if found is None:
        raise unknown_operation()
    return found


async def send_back(session: AsyncSession, facts: Facts, key: str) -> Remittance:
    """Returns a remittance from the platform's account to the payer's, as a whole; the payer's fee is not returned.

    Both accounts are locked. Raises `Conflict`: `operation_ended` when it was returned before, `account_closed`,
    `insufficient_funds` when the platform's account has too little.
    """
    row = await session.get(Remittance, key, populate_existing=True)
    assert row is not None, "it was found before, and no row is ever deleted"
    if row.returned_at is not None:
        raise operation_ended()
    payer = facts.open_account(row.payer_account, "payer_account")
    payee = facts.open_account(row.payee_account, "payee_account")
    amount, currency = row.amount_minor, row.currency
    returned = remittance_leg(key, "returned")
    if payer.bank_id == payee.bank_id:
        legs = [Post(returned, payee.ledger_id, payer.ledger_id, amount, currency, key)]
    else:
        owes = facts.shard(debt_code(payee.bank_id, payer.bank_id, currency), key)
        owed = facts.shard(debt_code(payer.bank_id, payee.bank_id, currency), key)
        legs = [
            Post(returned, payee.ledger_id, owes, amount, currency, key),
            Post(remittance_leg(key, "given"), owed, payer.ledger_id, amount, currency, key),
        ]
    await post_linked(session, legs)
    row.returned_at = facts.now
    await session.flush()
    return row


async def incoming(session: AsyncSession, number: str, after: int, limit: int) -> Incoming:
    """What came to the platform's account `number` after the `after`-th remittance, at most `limit`.

    Raises `NotFound` `unknown_account`, also for a client's account: what comes there is for its owner to see.
    """
    # The lock waits for a remittance that has its number and is not committed yet.
    locked = select(Account).where(Account.number == number).with_for_update(key_share=True)
    account = await session.scalar(locked)
    if account is None or account.kind == "client":
        raise unknown_account()
    now = await session.scalar(select(func.clock_timestamp()))
    assert now is not None
    query = select(Remittance).where(Remittance.payee_account == number, Remittance.number > after)
    found = list(await session.scalars(query.order_by(Remittance.number).limit(limit + 1)))
    if len(found) <= limit:
        return Incoming(found, more=False, complete_until=now)
    page = found[:limit]
    # The next one may have been booked in the same microsecond as the last one shown.
    return Incoming(page, more=True, complete_until=page[-1].booked_at - timedelta(microseconds=1))


def _open(facts: Facts, number: str) -> KnownAccount:
    if number not in facts.accounts:
        raise unknown_account()
    return facts.open_account(number, "number")


def _postings(
    facts: Facts, key: str, payer: KnownAccount, payee: KnownAccount, amount: Money, fee_minor: int
) -> list[Command]:
    currency, principal = amount.currency, remittance_leg(key, "principal")
    legs: list[Command]
    if payer.bank_id == payee.bank_id:
        legs = [Post(principal, payer.ledger_id, payee.ledger_id, amount.minor, currency, key)]
    else:
        owes = facts.shard(debt_code(payer.bank_id, payee.bank_id, currency), key)
        owed = facts.shard(debt_code(payee.bank_id, payer.bank_id, currency), key)
        passed = remittance_leg(key, "passed")
        legs = [
            Post(principal, payer.ledger_id, owes, amount.minor, currency, key),
            Post(passed, owed, payee.ledger_id, amount.minor, currency, key),
        ]
    if fee_minor:
        fees = facts.shard(book_code(payer.bank_id, "fees", currency), key)
        legs.append(Post(remittance_leg(key, "fee"), payer.ledger_id, fees, fee_minor, currency, key))
    return legs
