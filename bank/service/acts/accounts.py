"""Accounts: opening, looking up, depositing, closing, statements."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from bank.service.acts.books import book_code, open_books
from bank.service.acts.debts import debt_minor, netting
from bank.service.acts.webhooks import notify_of_funding
from bank.service.facts import Facts
from bank.service.models import Account, Bank, Client
from bank.service.refusals import post_linked
from bank.service.rules.accounts import RANDOM_BYTES, account_number, bank_named_in
from bank.service.values import KnownAccount
from domain.errors import Conflict, Malformed, NotFound
from domain.money import Money
from ledger import Post, Statement

MAX_DRAWS: Final = 20  # 40 random bits per bank: a second draw is rare, a twentieth means a broken generator


@dataclass(frozen=True, slots=True)
class AccountState:
    """An account with its owner and its balance in minor units; `held_minor` is part of `balance_minor`.

    `debt_minor` is its debt to the platform's guarantee account.
    """

    account: Account
    owner: Client | None
    balance_minor: int
    held_minor: int
    debt_minor: int = 0


async def open_account(session: AsyncSession, bank_id: int, client_id: int, currency: str) -> Account:
    """A client's new empty account; its number is drawn again after a collision.

    Raises `NotFound` `unknown_bank` or `unknown_client`.
    """
    if await session.get(Bank, bank_id) is None:
        raise NotFound("unknown_bank", "There is no such bank.", "bank_id")
    if await session.get(Client, client_id) is None:
        raise NotFound("unknown_client", "There is no such client.", "client_id")
    await open_books(session, bank_id, currency)
    for _ in range(MAX_DRAWS):
        number = account_number(bank_id, os.urandom(RANDOM_BYTES))
        account = await create_account(session, number, currency, client_id=client_id)
        if account is not None:
            return account
    raise AssertionError("no free account number was drawn")


async def create_account(
    session: AsyncSession, number: str, currency: str, *, client_id: int | None = None, kind: str = "client"
) -> Account | None:
    """The account `number`, or None when the number is taken. The bank's books for `currency` must be open."""
    if await session.scalar(select(Account.number).where(Account.number == number)):
        return None
    ledger_id = await ledger.open_account(await session.connection(), ledger_code(number), currency, floor_minor=0)
    values = {
        "number": number,
        "bank_id": bank_named_in(number),
        "client_id": client_id,
        "kind": kind,
        "currency": currency,
        "ledger_id": ledger_id,
    }
    # Two transactions may have found the same number free: the second one gets no row here.
    return await session.scalar(insert(Account).values(values).on_conflict_do_nothing().returning(Account))


async def available_minor(session: AsyncSession, account: Account) -> int:
    """The amount that can be held or debited now, minor units."""
    return (await ledger.balance(await session.connection(), account.ledger_id)).available_minor


async def funds_suffice(session: AsyncSession, number: str, amount: Money) -> bool:
    """Whether the account has `amount` available. False also for an unknown or closed account, or another currency."""
    account = await session.get(Account, number)
    if account is None or account.closed_at is not None or account.currency != amount.currency:
        return False
    return await available_minor(session, account) >= amount.minor


async def lock_account(session: AsyncSession, number: str) -> None:
    """Locks the account: its money and its limits cannot change before the transaction ends."""
    await session.execute(select(Account.number).where(Account.number == number).with_for_update(key_share=True))


async def deposit(session: AsyncSession, facts: Facts, number: str, amount: Money, key: str) -> None:
    """Deposits money from outside; the account's debt is paid first. `key` names the deposit within the caller.

    Raises `NotFound` `unknown_account` and `Conflict`: `account_closed`, `currency_mismatch`.
    """
    account = _open(facts, number)
    if account.currency != amount.currency:
        raise Conflict("currency_mismatch", f"The account is in {account.currency}.", "currency")
    # Hashed, because an idempotency key has more characters than the ledger's.
    digest = hashlib.sha256(b"\0".join((facts.caller.encode(), key.encode()))).hexdigest()
    transfer_key = f"deposit/{digest[:40]}"
    outside = facts.shard(book_code(account.bank_id, "outside", account.currency), transfer_key)
    post = Post(transfer_key, outside, account.ledger_id, amount.minor, amount.currency, "deposit")
    await post_linked(session, [post, *netting(facts, account, amount.minor, transfer_key)])
    if account.kind == "guarantee":
        await notify_of_funding(session, account.bank_id, number, digest[:20])


async def close_account(session: AsyncSession, facts: Facts, number: str) -> None:
    """Closes the account for good and pays its balance out to its owner, outside the bank, after its debt.

    Raises `NotFound` `unknown_account` and `Conflict`: `account_closed`, `operator_account`, or `account_has_holds`
    while a payment is on hold.
    """
    account = _open(facts, number)
    if account.kind != "client":
        raise Conflict("operator_account", "The operator's accounts stay open.")
    if account.held_minor or account.incoming_minor:
        raise Conflict("account_has_holds", "A payment from this account is on hold.")
    key = f"closure/{number}"
    legs = netting(facts, account, account.balance_minor, key)
    left_minor = account.balance_minor - min(account.balance_minor, account.debt_minor or 0)
    if left_minor:
        outside = facts.shard(book_code(account.bank_id, "outside", account.currency), key)
        legs.append(Post(key, account.ledger_id, outside, left_minor, account.currency, "closure"))
    await post_linked(session, legs)
    await ledger.close_account(await session.connection(), account.ledger_id)
    closed = update(Account).where(Account.number == number).values(closed_at=func.clock_timestamp())
    await session.execute(closed, execution_options={"synchronize_session": False})


async def account_state(session: AsyncSession, number: str) -> AccountState:
    """Raises `NotFound` `unknown_account`."""
    account = await _known(session, number)
    owner = None if account.client_id is None else await session.get(Client, account.client_id)
    balance = await ledger.balance(await session.connection(), account.ledger_id)
    debt = await debt_minor(session, account)
    return AccountState(account, owner, balance.balance_minor, balance.held_minor, debt)


async def list_accounts(
    session: AsyncSession, bank_id: int | None, after: str | None, limit: int
) -> list[tuple[Account, Client | None]]:
    """Accounts with their owners, by number; `after` is the last number of the previous page."""
    statement = select(Account, Client).outerjoin(Client, Account.client_id == Client.id).order_by(Account.number)
    if bank_id is not None:
        statement = statement.where(Account.bank_id == bank_id)
    if after is not None:
        statement = statement.where(Account.number > after)
    return [(row[0], row[1]) for row in await session.execute(statement.limit(limit))]


async def account_statement(
    session: AsyncSession, number: str, since: datetime | None, until: datetime | None, after: int | None, limit: int
) -> tuple[Account, Statement]:
    """Entries with since <= time < until; by default from the account's opening to now.

    Raises `NotFound`, and `Malformed` bad_period.
    """
    if since is not None and until is not None and since > until:
        raise Malformed("bad_period", "The period ends before it begins.", "from")
    account = await _known(session, number)
    now = await session.scalar(select(func.clock_timestamp()))
    assert now is not None
    since, until = since or account.created_at, until or now
    connection = await session.connection()
    page = await ledger.statement(connection, account.ledger_id, since, max(since, until), after=after, limit=limit)
    return account, page


def ledger_code(number: str) -> str:
    return f"account/{number}"


async def _known(session: AsyncSession, number: str) -> Account:
    account = await session.get(Account, number)
    if account is None:
        raise unknown_account()
    return account


def _open(facts: Facts, number: str) -> KnownAccount:
    # In a path an unknown account is a 404, in a body a 422.
    if number not in facts.accounts:
        raise unknown_account()
    return facts.open_account(number, "number")


def unknown_account() -> NotFound:
    return NotFound("unknown_account", "There is no such account.")
