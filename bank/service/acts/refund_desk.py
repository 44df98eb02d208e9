"""All that refunding some debits needs to know, as it was read: debits, credits, accounts, books, balances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bank.service.acts.books import book_code, debt_code
from bank.service.acts.debts import MissingDebt
from bank.service.facts import Facts, row_of
from bank.service.models import Account, OperationRow
from bank.service.rules.accounts import bank_named_in
from bank.service.rules.operations import fee_leg, given_leg, part_leg, passed_leg
from bank.service.rules.refunds import Credit, CreditShare, Part, draw
from domain.errors import Conflict
from ledger import Command, Post

Guarantees = dict[tuple[int, str], int]


@dataclass(frozen=True, slots=True)
class Desk:
    """`sources` are by key, oldest first; `paid_out` has their credits that are not taken back yet, by source, newest
    first. `named` are the credits that were named, by key, `known` whether there are debits at all. `guarantees` are
    ledger accounts by bank and currency; `available` is what each ledger account has free, minor units, charged with
    each refund.
    """

    facts: Facts
    sources: dict[str, OperationRow]
    paid_out: dict[str, list[OperationRow]]
    named: dict[str, OperationRow]
    known: bool
    guarantees: Guarantees
    available: dict[int, int]

    def account(self, number: str) -> Account:
        return self.facts.accounts[number].account

    def credit(self, key: str) -> OperationRow:
        return next(row for rows in self.paid_out.values() for row in rows if row.key == key)

    def draw(self, source: OperationRow, amount_minor: int, named: Sequence[CreditShare] = ()) -> list[Part]:
        """Where the principal comes from: what is `named` from its credit, the rest from wherever there is any.

        Raises `Conflict` `guarantee_exhausted`.
        """
        paid_out = self.paid_out.get(source.key, [])
        parts: list[Part] = []
        for share in named:
            [credit] = [credit for credit in paid_out if credit.key == share.key]
            parts += self._drawn(share.amount_minor, 0, [self._left(credit)])
        uncredited = source.amount_minor - source.credited_minor - source.uncredited_refunded_minor
        taken = {share.key: share.amount_minor for share in named}
        lefts = [self._left(credit, taken.get(credit.key, 0)) for credit in paid_out]
        return parts + self._drawn(amount_minor - sum(taken.values()), uncredited, lefts)

    def _drawn(self, amount_minor: int, uncredited_minor: int, lefts: Sequence[Credit]) -> list[Part]:
        parts = draw(amount_minor, uncredited_minor, lefts, self.available)
        if parts is None:
            raise Conflict("guarantee_exhausted", "Neither payees nor the guarantee account have the money now.")
        return parts

    def legs(
        self, source: OperationRow, key: str, parts: Sequence[Part], fee_minor: int, payee: Account
    ) -> list[Command]:
        """The postings of the refund `key` to `payee`, who gets its principal in one, whoever it comes from.

        Raises `MissingDebt` for an account that must be able to owe.
        """
        currency, payer_bank = source.currency, bank_named_in(source.payer_account)
        foreseen_bank = bank_named_in(source.payee_account)
        collected = self._shard(debt_code(payer_bank, foreseen_bank, currency), source.key)
        legs: list[Command] = []
        for number, part in enumerate(parts, start=1):
            if part.credit is None:
                continue
            legs += self._taken(source, key, number, part)
            owed_by = self.account(self.credit(part.credit).payee_account).bank_id
            if owed_by != foreseen_bank:
                owing = self._shard(debt_code(payer_bank, owed_by, currency), source.key)
                reroute = part_leg(key, number, "reroute")
                legs.append(Post(reroute, owing, collected, part.amount_minor, currency, key))
        amount_minor = sum(part.amount_minor for part in parts)
        legs += self._given(source, given_leg(key), collected, amount_minor, key, payee)
        if fee_minor:
            fees = self._shard(book_code(payer_bank, "fees", currency), source.key)
            legs += self._given(source, fee_leg(key), fees, fee_minor, key, payee)
        return legs

    def _taken(self, source: OperationRow, key: str, number: int, part: Part) -> list[Command]:
        """Takes a part back from the payee of its credit, or from the guarantee account, which he owes from then on."""
        payee, currency = self.account(self.credit(part.credit or "").payee_account), source.currency
        legs: list[Command] = []
        taken_from = payee.ledger_id
        if part.origin == "guarantee":
            taken_from = self.guarantees[payee.bank_id, currency]
            if payee.debt_ledger_id is None:
                raise MissingDebt(payee.number)
            receivables = self._shard(book_code(payee.bank_id, "receivables", currency), payee.number)
            debt_key = part_leg(key, number, "debt")
            legs.append(Post(debt_key, receivables, payee.debt_ledger_id, part.amount_minor, currency, key))
        claim = self._shard(debt_code(payee.bank_id, bank_named_in(source.payer_account), currency), source.key)
        taken_key = part_leg(key, number, "taken")
        legs.append(Post(taken_key, taken_from, claim, part.amount_minor, currency, key))
        return legs

    def _given(
        self, source: OperationRow, leg: str, from_: int, amount_minor: int, key: str, payee: Account
    ) -> list[Command]:
        """From the books of the payer's bank to `payee`, at that bank or, if his account is elsewhere, by way of it."""
        payer_bank, currency = bank_named_in(source.payer_account), source.currency
        legs: list[Command] = []
        if payee.bank_id != payer_bank:
            owing = self._shard(debt_code(payer_bank, payee.bank_id, currency), source.key)
            legs.append(Post(passed_leg(leg), from_, owing, amount_minor, currency, key))
            from_ = self._shard(debt_code(payee.bank_id, payer_bank, currency), source.key)
        legs.append(Post(leg, from_, payee.ledger_id, amount_minor, currency, key))
        return legs

    def seen(self) -> dict[int, int]:
        """What the accounts of the payees had free when they were read, minor units by ledger account."""
        payees = [self.facts.accounts[row.payee_account] for rows in self.paid_out.values() for row in rows]
        return {known.account.ledger_id: known.available_minor for known in payees}

    def _left(self, credit: OperationRow, taken_minor: int = 0) -> Credit:
        payee = self.account(credit.payee_account)
        # The guarantee account cannot stand in for itself.
        guarantee = self.guarantees.get((payee.bank_id, credit.currency)) if payee.kind != "guarantee" else None
        left_minor = credit.amount_minor - credit.refunded_minor - taken_minor
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
        named={row["key"]: row_of(OperationRow, row) for row in told["named"]},
        known=told["known"],
        guarantees={(bank_id, currency): ledger_id for bank_id, currency, ledger_id, _ in told["guarantees"]},
        available=available | {ledger_id: free for _, _, ledger_id, free in told["guarantees"]},
    )
