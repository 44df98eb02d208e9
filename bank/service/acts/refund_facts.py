"""The facts for refunding some debits, as locked and read: debits, credits, accounts, books."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bank.service.acts.books import book_code, debt_code
from bank.service.facts import Facts
from bank.service.rules.accounts import bank_named_in
from bank.service.rules.operations import fee_leg, given_leg, part_leg, passed_leg
from bank.service.rules.refunds import Credit, CreditShare, Part, draw
from bank.service.values import KnownAccount, Operation
from domain.errors import Conflict
from ledger import Command, Post


@dataclass(frozen=True, slots=True)
class DebitFacts:
    """`sources` are by key, oldest first; `paid_out` has their credits that are not clawed back yet, by source, newest
    first. `named` are the credits that were named, by key; `known`: whether there are debits at all. `available` is the
    available balance of each ledger account, minor units, reduced by each refund.
    """

    facts: Facts
    sources: dict[str, Operation]
    paid_out: dict[str, list[Operation]]
    named: dict[str, Operation]
    known: bool
    available: dict[int, int]

    def account(self, number: str) -> KnownAccount:
        return self.facts.accounts[number]

    def payee_of(self, credit_key: str) -> KnownAccount:
        """The payees of credits that are not clawed back yet."""
        return self.account(self.credit(credit_key).payee_account)

    def credit(self, key: str) -> Operation:
        return next(credit for paid_out in self.paid_out.values() for credit in paid_out if credit.key == key)

    def draw(self, source: Operation, amount_minor: int, named: Sequence[CreditShare] = ()) -> list[Part]:
        """The sources of the principal: what is `named` from its credit, the rest from any.

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

    def legs(
        self,
        source: Operation,
        key: str,
        parts: Sequence[Part],
        fee_minor: int,
        payee: KnownAccount,
        debts: Mapping[str, int],
    ) -> list[Command]:
        """The postings of the refund `key` to `payee`, who receives the principal in one transfer from all sources.

        `debts`: the ledger accounts of what payees owe, by account number.
        """
        currency, payer_bank = source.currency, bank_named_in(source.payer_account)
        foreseen_bank = bank_named_in(source.payee_account)
        collected = self._shard(debt_code(payer_bank, foreseen_bank, currency), source.key)
        legs: list[Command] = []
        for number, part in enumerate(parts, start=1):
            if part.credit is None:
                continue
            legs += self._taken(source, key, number, part, debts)
            owed_by = self.payee_of(part.credit).bank_id
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

    def _taken(self, source: Operation, key: str, number: int, part: Part, debts: Mapping[str, int]) -> list[Command]:
        """Claws a part back from the payee of its credit, or takes it from the guarantee account, as a debt."""
        payee, currency = self.payee_of(part.credit or ""), source.currency
        legs: list[Command] = []
        taken_from = payee.ledger_id
        if part.origin == "guarantee":
            taken_from = payee.guarantee.ledger_id
            receivables = self._shard(book_code(payee.bank_id, "receivables", currency), payee.number)
            debt_key = part_leg(key, number, "debt")
            legs.append(Post(debt_key, receivables, debts[payee.number], part.amount_minor, currency, key))
        claim = self._shard(debt_code(payee.bank_id, bank_named_in(source.payer_account), currency), source.key)
        taken_key = part_leg(key, number, "taken")
        legs.append(Post(taken_key, taken_from, claim, part.amount_minor, currency, key))
        return legs

    def _given(
        self, source: Operation, leg: str, from_: int, amount_minor: int, key: str, payee: KnownAccount
    ) -> list[Command]:
        """From the books of the payer's bank to `payee`, at that bank or by way of it to another bank."""
        payer_bank, currency = bank_named_in(source.payer_account), source.currency
        legs: list[Command] = []
        if payee.bank_id != payer_bank:
            owing = self._shard(debt_code(payer_bank, payee.bank_id, currency), source.key)
            legs.append(Post(passed_leg(leg), from_, owing, amount_minor, currency, key))
            from_ = self._shard(debt_code(payee.bank_id, payer_bank, currency), source.key)
        legs.append(Post(leg, from_, payee.ledger_id, amount_minor, currency, key))
        return legs

    def _drawn(self, amount_minor: int, uncredited_minor: int, lefts: Sequence[Credit]) -> list[Part]:
        parts = draw(amount_minor, uncredited_minor, lefts, self.available)
        if parts is None:
            raise Conflict("guarantee_exhausted", "Neither payees nor the guarantee account have the money now.")
        return parts

    def _left(self, credit: Operation, taken_minor: int = 0) -> Credit:
        payee = self.account(credit.payee_account)
        # The guarantee account cannot guarantee for itself, nor for a credit in another currency.
        stands_in = payee.kind != "guarantee" and payee.guarantee.currency == credit.currency
        left_minor = credit.amount_minor - credit.refunded_minor - taken_minor
        from_payee = None if payee.closed_at else payee.ledger_id
        return Credit(credit.key, left_minor, from_payee, payee.guarantee.ledger_id if stands_in else None)

    def _shard(self, code: str, key: str) -> int:
        return self.facts.shard(code, key)


def debit_facts(facts: Facts) -> DebitFacts:
    """What was read for a refund."""
    read = facts.refund
    assert read is not None, "the facts of a refund are asked for"
    paid_out: dict[str, list[Operation]] = {}
    for credit in read.credits:
        assert credit.source is not None, "operations_source says so"
        paid_out.setdefault(credit.source, []).append(credit)
    accounts = facts.accounts.values()
    return DebitFacts(
        facts=facts,
        sources={source.key: source for source in read.sources},
        paid_out=paid_out,
        named={credit.key: credit for credit in read.named},
        known=read.known,
        available={known.guarantee.ledger_id: known.guarantee.available_minor for known in accounts}
        | {known.ledger_id: known.available_minor for known in accounts},
    )
