"""All that refunding some debits needs to know, read and locked once: credits, accounts, books, balances."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from bank.service.acts.books import book_code, debt_code, open_receivables, shards_of
from bank.service.acts.debts import open_debt
from bank.service.models import Account, Bank, OperationRow
from bank.service.refusals import account_closed
from bank.service.rules.accounts import bank_named_in
from bank.service.rules.operations import fee_leg, part_leg
from bank.service.rules.refunds import Credit, Part, draw
from domain.errors import Conflict
from ledger import Command, Post

Guarantees = dict[tuple[int, str], int]


@dataclass(frozen=True, slots=True)
class Desk:
    """`paid_out` has the credits by source, newest first; `accounts` are by number; `guarantees` are ledger accounts by
    bank and currency; `available` is what each locked ledger account has free, minor units, charged with each refund.
    """

    paid_out: dict[str, list[OperationRow]]
    accounts: dict[str, Account]
    guarantees: Guarantees
    shards: dict[str, list[int]]
    available: dict[int, int]

    def payer(self, source: OperationRow) -> Account:
        return self.accounts[source.payer_account]

    def credit(self, key: str) -> OperationRow:
        return next(row for rows in self.paid_out.values() for row in rows if row.key == key)

    def draw(self, source: OperationRow, amount_minor: int, only: OperationRow | None = None) -> list[Part]:
        """Where the principal comes from: with `only`, from this credit. Raises `Conflict` `guarantee_exhausted`."""
        uncredited = source.amount_minor - source.credited_minor - source.uncredited_refunded_minor
        paid_out = self.paid_out.get(source.key, [])
        if only is not None:
            uncredited, paid_out = 0, [credit for credit in paid_out if credit.key == only.key]
        lefts = [self._left(credit) for credit in paid_out]
        parts = draw(amount_minor, uncredited, lefts, self.available)
        if parts is None:
            raise Conflict("guarantee_exhausted", "Neither payees nor the guarantee account have the money now.")
        return parts

    async def legs(
        self, session: AsyncSession, source: OperationRow, key: str, parts: Sequence[Part], fee_minor: int
    ) -> list[Command]:
        """The postings of the refund `key`; makes the debt accounts they need."""
        payer, currency = self.payer(source), source.currency
        legs: list[Command] = []
        for number, part in enumerate(parts, start=1):
            owed_to = bank_named_in(source.payee_account)
            if part.credit is not None:
                payee = self.accounts[self.credit(part.credit).payee_account]
                owed_to = payee.bank_id
                taken_from = payee.ledger_id
                if part.origin == "guarantee":
                    taken_from = self.guarantees[payee.bank_id, currency]
                    debt = await open_debt(session, payee)
                    receivables = self._shard(book_code(payee.bank_id, "receivables", currency), payee.number)
                    debt_key = part_leg(key, number, "debt")
                    legs.append(Post(debt_key, receivables, debt, part.amount_minor, currency, key))
                claim = self._shard(debt_code(payee.bank_id, payer.bank_id, currency), source.key)
                taken_key = part_leg(key, number, "taken")
                legs.append(Post(taken_key, taken_from, claim, part.amount_minor, currency, key))
            owing = self._shard(debt_code(payer.bank_id, owed_to, currency), source.key)
            given_key = part_leg(key, number, "given")
            legs.append(Post(given_key, owing, payer.ledger_id, part.amount_minor, currency, key))
        if fee_minor:
            fees = self._shard(book_code(payer.bank_id, "fees", currency), source.key)
            legs.append(Post(fee_leg(key), fees, payer.ledger_id, fee_minor, currency, key))
        return legs

    def _left(self, credit: OperationRow) -> Credit:
        payee = self.accounts[credit.payee_account]
        # The guarantee account cannot stand in for itself.
        guarantee = self.guarantees.get((payee.bank_id, credit.currency)) if payee.kind != "guarantee" else None
        left_minor = credit.amount_minor - credit.refunded_minor
        return Credit(credit.key, left_minor, None if payee.closed_at else payee.ledger_id, guarantee)

    def _shard(self, code: str, key: str) -> int:
        return ledger.shard_for(self.shards[code], key)


async def open_desk(session: AsyncSession, sources: Sequence[OperationRow]) -> Desk:
    """Locks and reads all for refunds of `sources`, which are locked.

    Raises `Conflict` `account_closed` when a payer's is.
    """
    paid_out = await _credits(session, [source.key for source in sources if source.status == "success"])
    rows = [row for rows in paid_out.values() for row in rows]
    accounts = await _lock_accounts(
        session, {row.payer_account for row in sources} | {row.payee_account for row in rows}
    )
    if any(accounts[source.payer_account].closed_at for source in sources):
        raise account_closed("payer_account")
    payees = {row.payee_account: row.currency for row in rows}
    guarantees = await _guarantees(session, {accounts[number].bank_id for number in payees})
    codes = _codes(sources, paid_out, accounts)
    shards = await shards_of(session, {code for code, _ in codes})
    if any(code not in shards for code, _ in codes):
        for bank_id, currency in sorted({(accounts[number].bank_id, currency) for number, currency in payees.items()}):
            await open_receivables(session, bank_id, currency)
        shards = await shards_of(session, {code for code, _ in codes})
    ledger_ids = {account.ledger_id for account in accounts.values()} | set(guarantees.values())
    ledger_ids |= {account.debt_ledger_id for account in accounts.values() if account.debt_ledger_id is not None}
    ledger_ids |= {ledger.shard_for(shards[code], key) for code, key in codes}
    balances = await ledger.lock_balances(await session.connection(), ledger_ids)
    available = {ledger_id: balance.available_minor for ledger_id, balance in balances.items()}
    return Desk(paid_out, accounts, guarantees, shards, available)


async def _credits(session: AsyncSession, sources: Sequence[str]) -> dict[str, list[OperationRow]]:
    """Those that are not taken back yet. Only who has locked the source adds or changes any."""
    statement = select(OperationRow).where(OperationRow.source.in_(sources), OperationRow.kind == "credit")
    statement = statement.where(OperationRow.refunded_minor < OperationRow.amount_minor)
    found: dict[str, list[OperationRow]] = {}
    for row in await session.scalars(statement.order_by(OperationRow.id.desc())):
        assert row.source is not None
        found.setdefault(row.source, []).append(row)
    return found


async def _lock_accounts(session: AsyncSession, numbers: Collection[str]) -> dict[str, Account]:
    # Not only shared: a credit that comes meanwhile must wait until it can see the debt that is made here.
    statement = select(Account).where(Account.number.in_(numbers)).order_by(Account.number)
    rows = await session.scalars(statement.with_for_update(key_share=True))
    return {row.number: row for row in rows}


async def _guarantees(session: AsyncSession, bank_ids: Collection[int]) -> Guarantees:
    statement = select(Bank.id, Account.currency, Account.ledger_id).join(
        Account, Account.number == Bank.guarantee_account
    )
    rows = (await session.execute(statement.where(Bank.id.in_(bank_ids)))).all()
    return {(row.id, row.currency): row.ledger_id for row in rows}


def _codes(
    sources: Sequence[OperationRow], paid_out: dict[str, list[OperationRow]], accounts: dict[str, Account]
) -> set[tuple[str, str]]:
    """The books that the postings use, each with the key that chooses the shard."""
    codes: set[tuple[str, str]] = set()
    for source in sources:
        bank, currency = bank_named_in(source.payer_account), source.currency
        codes.add((book_code(bank, "fees", currency), source.key))
        codes.add((debt_code(bank, bank_named_in(source.payee_account), currency), source.key))
        for credit in paid_out.get(source.key, ()):
            payee = accounts[credit.payee_account]
            codes.add((debt_code(bank, payee.bank_id, currency), source.key))
            codes.add((debt_code(payee.bank_id, bank, currency), source.key))
            codes.add((book_code(payee.bank_id, "receivables", currency), payee.number))
    return codes
