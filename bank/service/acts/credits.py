"""Credits: paying a captured debit to the payee, in one or several parts."""

from __future__ import annotations

from dataclasses import replace

from bank.service.acts.books import debt_code
from bank.service.acts.debts import netting
from bank.service.facts import Books, Facts
from bank.service.plan import Plan
from bank.service.refusals import SameAccount
from bank.service.rules.accounts import bank_named_in
from bank.service.rules.operations import new_operation_key, principal_leg, reroute_leg
from bank.service.values import KnownAccount, Operation
from domain.errors import Conflict
from domain.money import Money
from ledger import Command, Post


def pay_out(facts: Facts, payee: str, amount: Money, reference: str) -> Plan:
    """Pays `amount` out of the caller's captured debit to `payee`, at any bank; the last operation is the credit.

    Raises `NotFound` `unknown_operation`, `UnknownAccount`, `SameAccount` (what goes back to the payer is a refund)
    and `Conflict`: `not_captured`, `currency_mismatch`, `account_closed`, `exceeds_source` (all credits together may
    not exceed the captured principal, less what of it was refunded). What the payee owes for earlier refunds is paid
    out of it at once.
    """
    source = facts.known_operation()
    if source.status != "success":
        raise Conflict("not_captured", "The source has not been captured.", "source")
    if payee == source.payer_account:
        raise SameAccount
    known = facts.open_account(payee, "payee_account")
    left_minor = source.amount_minor - source.credited_minor - source.uncredited_refunded_minor
    if not source.currency == known.currency == amount.currency:
        raise Conflict("currency_mismatch", f"The source is in {source.currency}.", "currency")
    if amount.minor > left_minor:
        left = Money(left_minor, source.currency)
        raise Conflict("exceeds_source", f"Only {left} of the source is left.", "amount")
    credit = new_credit(facts, source, known, amount, reference)
    legs = postings(facts, source, credit, known) + netting(facts, known, amount.minor, credit.key)
    return Plan([replace(source, credited_minor=source.credited_minor + amount.minor), credit], legs=legs)


def new_credit(facts: Facts, source: Operation, payee: KnownAccount, amount: Money, reference: str) -> Operation:
    """A credit out of `source`."""
    return Operation(
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
        created_at=facts.now,
        captured_at=facts.now,
    )


def postings(books: Books, source: Operation, credit: Operation, payee: KnownAccount) -> list[Command]:
    """The postings that bring the `credit` from the books of the banks to `payee`."""
    payer_bank, foreseen_bank = bank_named_in(source.payer_account), bank_named_in(source.payee_account)
    bank = payee.bank_id
    amount, currency = credit.amount_minor, credit.currency
    legs: list[Command] = []
    if bank != foreseen_bank:
        # The payer's bank booked its debt to the expected bank; now it owes it to another one instead.
        before = books.shard(debt_code(payer_bank, foreseen_bank, currency), source.key)
        after = books.shard(debt_code(payer_bank, bank, currency), source.key)
        legs.append(Post(reroute_leg(credit.key), before, after, amount, currency, credit.key))
    claim = books.shard(debt_code(bank, payer_bank, currency), source.key)
    legs.append(Post(principal_leg(credit.key), claim, payee.ledger_id, amount, currency, credit.key))
    return legs
