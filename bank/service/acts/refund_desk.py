"""All that refunding some debits needs to know, as it was read: debits, credits, accounts, books, balances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bank.service.acts.books import book_code, debt_code
from bank.service.acts.debts import MissingDebt
from bank.service.facts import Facts, row_of
from bank.service.models import Account, OperationRow
from bank.service.rules.accounts import bank_named_in
from bank.service.rules.operations import fee_leg, part_leg
from bank.service.rules.refunds import Credit, Part, draw
from domain.errors import Conflict
from ledger import Command, Post

Guarantees = dict[tuple[int, str], int]


@dataclass(frozen=True, slots=True)
class Desk:
    """`sources` are by key, oldest first; `paid_out` has their credits that are not taken back yet, by source, newest
    first. `named` is the credit that was named, `known` whether there are debits at all. `guarantees` are ledger
    accounts by bank and currency; `available` is what each ledger account has free, minor units, charged with each
    refund.
    """

    facts: Facts
    sources: dict[str, OperationRow]
    paid_out: dict[str, list[OperationRow]]
    named: OperationRow | None
    known: bool
    guarantees: Guarantees
    available: dict[int, int]

    def account(self, number: str) -> Account:
        return self.facts.accounts[number].account

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

    def legs(self, source: OperationRow, key: str, parts: Sequence[Part], fee_minor: int) -> list[Command]:
        """The postings of the refund `key`. Raises `MissingDebt` for an account that must be able to owe."""
        payer, currency = self.account(source.payer_account), source.currency
        legs: list[Command] = []
        for number, part in enumerate(parts, start=1):
            owed_to = bank_named_in(source.payee_account)
            if part.credit is not None:
                payee = self.account(self.credit(part.credit).payee_account)
                owed_to = payee.bank_id
                taken_from = payee.ledger_id
                if part.origin == "guarantee":
                    taken_from = self.guarantees[payee.bank_id, currency]
                    if payee.debt_ledger_id is None:
                        raise MissingDebt(payee.number)
                    receivables = self._shard(book_code(payee.bank_id, "receivables", currency), payee.number)
                    debt_key = part_leg(key, number, "debt")
                    legs.append(Post(debt_key, receivables, payee.debt_ledger_id, part.amount_minor, currency, key))
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

    def seen(self) -> dict[int, int]:
        """What the accounts of the payees had free when they were read, minor units by ledger account."""
        payees = [self.facts.accounts[row.payee_account] for rows in self.paid_out.values() for row in rows]
        return {known.account.ledger_id: known.available_minor for known in payees}

    def _left(self, credit: OperationRow) -> Credit:
        payee = self.account(credit.payee_account)
        # The guarantee account cannot stand in for itself.
        guarantee = self.guarantees.get((payee.bank_id, credit.currency)) if payee.kind != "guarantee" else None
        left_minor = credit.amount_minor - credit.refunded_minor
        return Credit(credit.key, left_minor, None if payee.closed_at else payee.ledger_id, guarantee)

    def _shard(self, code: str, key: str) -> int:
        return self.facts.shard(code, key)


def desk_of(facts: Facts) -> Desk:
    """What was read for a refund."""
    told = facts.refund
    assert told is not None, "the facts of a refund are wanted"
    sources = [row_of(OperationRow, row) for row in told["sources"]]
    paid_out: dict[str, list[OperationRow]] = {}
    for raw in told["credits"]:
        credit = row_of(OperationRow, raw)
        assert credit.source is not None, "operations_source says so"
        paid_out.setdefault(credit.source, []).append(credit)
    available = {known.account.ledger_id: known.available_minor for known in facts.accounts.values()}
    return Desk(
        facts=facts,
        sources={source.key: source for source in sources},
        paid_out=paid_out,
        named=None if told["named"] is None else row_of(OperationRow, told["named"]),
        known=told["known"],
        guarantees={(bank_id, currency): ledger_id for bank_id, currency, ledger_id, _ in told["guarantees"]},
        available=available | {ledger_id: free for _, _, ledger_id, free in told["guarantees"]},
    )
