"""Refunds of debits, by keys or by reference, all of one call or none.

A captured debit is refunded at once: first what was never paid out, then from the payees of its credits, then from the
platform's guarantee account, to which the payee then owes it. What is still held is voided, only as a whole. Each
decides by what was locked and read (`DebitFacts`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bank.service.acts.operations import voids
from bank.service.acts.refund_facts import DebitFacts, debit_facts
from bank.service.facts import Facts
from bank.service.plan import Plan
from bank.service.refusals import account_closed, operation_ended, unknown_operation
from bank.service.rules.accounts import bank_named_in
from bank.service.rules.operations import new_operation_key
from bank.service.rules.refunds import MAX_OPERATIONS, CreditShare, Part, spread
from bank.service.values import KnownAccount, Operation, RefundPart, RefundQuery
from domain.errors import Conflict
from domain.fees import fee_share
from domain.money import Money
from ledger import Command


@dataclass(frozen=True, slots=True)
class Refunded:
    """The result for the debit `source`: `operation` is its refund, or the debit itself, void, if money was held.

    Principal and fee that go back to `payee`, minor units; `parts` are the sources of the principal, none for a hold.
    """

    source: Operation
    operation: Operation
    payee: KnownAccount
    amount_minor: int
    fee_minor: int
    parts: Sequence[Part]

    @property
    def was_held(self) -> bool:
        return self.operation.key == self.source.key


@dataclass(frozen=True, slots=True)
class Refunds:
    """All refunds of one call. `debtors` are the payees for whom the guarantee account pays."""

    debits: DebitFacts
    items: Sequence[Refunded]

    @property
    def debtors(self) -> list[KnownAccount]:
        owed = {part.credit for refunded in self.items for part in refunded.parts if part.origin == "guarantee"}
        payees = {payee.number: payee for payee in (self.debits.payee_of(key) for key in sorted(filter(None, owed)))}
        return list(payees.values())

    def plan(self, debts: Mapping[str, int]) -> Plan:
        """`debts`: the ledger accounts of the debts of `debtors`, by account number.

        The lock of a debit covers its credits.
        """
        legs: list[Command] = []
        rows: dict[str, Operation] = {}
        parts: list[RefundPart] = []
        for refunded in self.items:
            source, operation = refunded.source, refunded.operation
            rows[operation.key] = operation
            if refunded.was_held:
                legs += voids(source)
                continue
            legs += self.debits.legs(source, operation.key, refunded.parts, refunded.fee_minor, refunded.payee, debts)
            uncredited_minor = sum(part.amount_minor for part in refunded.parts if part.credit is None)
            rows[source.key] = replace(
                source,
                refunded_minor=source.refunded_minor + refunded.amount_minor,
                fee_refunded_minor=source.fee_refunded_minor + refunded.fee_minor,
                uncredited_refunded_minor=source.uncredited_refunded_minor + uncredited_minor,
            )
            for number, part in enumerate(refunded.parts, start=1):
                parts.append(RefundPart(operation.key, number, part.origin, part.credit, part.amount_minor))
                if part.credit is not None:
                    credit = rows.get(part.credit) or self.debits.credit(part.credit)
                    rows[credit.key] = replace(credit, refunded_minor=credit.refunded_minor + part.amount_minor)
        return Plan(list(rows.values()), parts, legs=legs)


def by_keys(keys: Sequence[str], shares: Sequence[CreditShare]) -> RefundQuery:
    """The facts needed for `refund_operations`."""
    return RefundQuery(keys=list(keys), credits=[share.key for share in shares])


def by_reference(reference: str) -> RefundQuery:
    """The facts needed for `refund_reference`."""
    return RefundQuery(reference=reference, most=MAX_OPERATIONS + 1)


def refund_operations(
    facts: Facts,
    keys: Sequence[str],
    amount: Money | None,
    *,
    fee_returned: bool,
    shares: Sequence[CreditShare] = (),
    payee: str | None = None,
) -> Refunds:
    """Refunds the caller's debits `keys`: everything that is left of each, or `amount`, the first ones first.

    `shares` are the amounts to claw back from these credits of the one debit named; the rest as without shares. A
    caller who passes on a commission thus says how much of the refund was commission. `payee` receives it if the
    payer's account is closed. Raises `NotFound` `unknown_operation`, `UnknownAccount` and `Conflict`: `not_refundable`
    (a credit or a refund), `not_held`, `operation_ended`, `currency_mismatch`, `exceeds_refundable`, `operation_held`,
    `guarantee_exhausted`, `account_closed` (the payer's, or that of `payee`), `account_open`.
    """
    debits = debit_facts(facts)
    if debits.sources.keys() != set(keys):
        raise unknown_operation()
    sources = [debits.sources[key] for key in keys]
    for source in sources:
        _check_refundable(source)
    for share in shares:
        _check_credit(debits, sources[0], share)
    if sum(share.amount_minor for share in shares) > (0 if amount is None else amount.minor):
        raise _exceeds_refundable()
    return _refund(debits, sources, amount, fee_returned=fee_returned, shares=shares, payee=payee)


def refund_reference(facts: Facts, amount: Money | None, *, fee_returned: bool, payee: str | None = None) -> Refunds:
    """As `refund_operations`, for the caller's debits with the reference that hold or took money, oldest first.

    Fully refunded ones are skipped. Also raises `Conflict` `too_many_operations`.
    """
    debits = debit_facts(facts)
    sources = list(debits.sources.values())
    if len(sources) > MAX_OPERATIONS:
        raise Conflict("too_many_operations", f"More than {MAX_OPERATIONS} at once: name their keys.", "reference")
    if sources:
        return _refund(debits, sources, amount, fee_returned=fee_returned, payee=payee)
    if not debits.known:
        raise unknown_operation()
    raise _exceeds_refundable()


def _check_credit(debits: DebitFacts, source: Operation, share: CreditShare) -> None:
    found = debits.named.get(share.key)
    if found is None:
        raise unknown_operation()
    if found.kind != "credit" or found.source != source.key:
        raise Conflict("not_refundable", f"{found.key} is no credit out of {source.key}.", "credits")
    if share.amount_minor > found.amount_minor - found.refunded_minor:
        raise _exceeds_refundable()


def _check_refundable(source: Operation) -> None:
    if source.kind != "debit":
        raise Conflict("not_refundable", f"{source.key} is a {source.kind}: only debits are refunded.")
    if source.status in ("created", "confirmed"):
        raise Conflict("not_held", f"Nothing was taken by {source.key}.")
    if source.status == "void":
        raise operation_ended()


def _exceeds_refundable() -> Conflict:
    return Conflict("exceeds_refundable", "Refunds would exceed what was taken.", "amount")


def _refund(
    debits: DebitFacts,
    sources: Sequence[Operation],
    amount: Money | None,
    *,
    fee_returned: bool,
    shares: Sequence[CreditShare] = (),
    payee: str | None = None,
) -> Refunds:
    if amount is not None and any(source.currency != amount.currency for source in sources):
        raise Conflict("currency_mismatch", "Amount and operations must have one currency.", "currency")
    lefts = [source.amount_minor - source.refunded_minor for source in sources]
    takes = spread(lefts, None if amount is None else amount.minor)
    if takes is None:
        raise _exceeds_refundable()
    wanted = [(source, take) for source, take in zip(sources, takes, strict=True) if take]
    if any(source.status == "pause" and take < source.amount_minor for source, take in wanted):
        raise Conflict("operation_held", "What is still held goes back in whole, not in part.", "amount")
    payees = [_payee(debits, source, payee) for source, _ in wanted]
    items: list[Refunded] = []
    for (source, take), to in zip(wanted, payees, strict=True):
        if source.status == "pause":
            ended = replace(source, status="void", voided_at=debits.facts.now)
            items.append(Refunded(source, ended, to, take, source.fee_minor, []))
        else:
            fee = fee_share(source.fee_minor, source.amount_minor, source.refunded_minor, take) if fee_returned else 0
            operation = _operation(debits, source, take, fee, to)
            items.append(Refunded(source, operation, to, take, fee, debits.draw(source, take, shares)))
    return Refunds(debits, items)


def _payee(debits: DebitFacts, source: Operation, named: str | None) -> KnownAccount:
    """The recipient of a refund of `source`: its payer, or another account if the payer's is closed."""
    payer = debits.account(source.payer_account)
    if named is None:
        if payer.closed_at is not None:
            raise account_closed("payer_account")
        return payer
    if payer.closed_at is None:
        raise Conflict("account_open", "The payer's account is open: the money goes back to it.", "payee_account")
    payee = debits.facts.open_account(named, "payee_account")
    if payee.currency != source.currency:
        raise Conflict("currency_mismatch", f"The operation is in {source.currency}.", "payee_account")
    return payee


def _operation(debits: DebitFacts, source: Operation, take: int, fee: int, payee: KnownAccount) -> Operation:
    return Operation(
        key=new_operation_key(bank_named_in(source.payer_account)),
        caller=source.caller,
        kind="refund",
        status="success",
        amount_minor=take,
        fee_minor=fee,
        currency=source.currency,
        payer_account=source.payee_account,
        payee_account=payee.number,
        reference=source.reference,
        source=source.key,
        created_at=debits.facts.now,
        captured_at=debits.facts.now,
    )
