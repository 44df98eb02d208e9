"""The bank against the market: each operation belongs to one payment or step and vice versa, and sums agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import product
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from audit import ahead, payouts, remittances
from audit.looks import BankSilent, Difference, answered, lasting, some_at_once
from audit.operations import (
    AGREE,
    KNOWN,
    RECORDED,
    STATUSES,
    DealFile,
    PaymentFile,
    compare,
    read_files,
    unanswered,
)
from audit.report import Result, Store, Violation, listed
from bank.banks import Banks
from bank.client import BankClient, Done, KeyUnknown, Operation, Refused
from domain.payments import Step, StepState, Taken
from domain.wallets import PLATFORM, is_wallet
from edge.database import Database
from store.banks.accounts import bank_id_of
from store.payments.steps import StepRow
from store.wallets.withdrawals import Withdrawal

BOOKS: Final = "books_agree_with_banks"

SENTENCES: Final = {
    KNOWN: "Each operation with a deal's reference belongs to one payment or step of that deal.",
    RECORDED: "Each operation that a payment or step names exists at the bank, with the deal's reference.",
    AGREE: "Amount, fee, accounts and source of an operation are those of its payment or step.",
    STATUSES: "An operation's status is the one recorded, and an unknown outcome is neither captured nor voided.",
    payouts.NAME: payouts.SENTENCE,
    ahead.NAME: ahead.SENTENCE,
    remittances.NAME: remittances.SENTENCE,
    BOOKS: "What the market booked per bank is the sum of that bank's operations.",
}

# The books about the outside, without shards: money taken from payers, paid to sellers and platform, kept as fees.
_OUTSIDE: Final = text("""
SELECT split_part(code, '#', 1) AS book, sum(balance_minor) AS balance, sum(held_minor) AS held,
       sum(incoming_minor) AS incoming
FROM ledger.accounts
WHERE (code LIKE 'outside/%' OR code LIKE 'bank-fees/%' OR code LIKE 'commission/%' OR code LIKE 'guarantee/%')
  AND code NOT LIKE 'outside/deposit/%' AND code NOT LIKE 'outside/tron/%' AND code NOT LIKE 'outside/gas/%'
  AND code NOT LIKE 'guarantee/wallet/%'
GROUP BY 1
""")


@dataclass(frozen=True, slots=True)
class MarketSide:
    """The market's view of its banks in one snapshot. Books: name to (balance, held, incoming), minor units."""

    files: Sequence[DealFile]
    books: dict[str, tuple[int, int, int]]
    withdrawals: Sequence[Withdrawal]
    incoming: remittances.Incoming


@dataclass(slots=True)
class _Findings:
    differences: list[Difference] = field(default_factory=list)
    examined: Counter[str] = field(default_factory=Counter)
    sums: dict[str, list[int]] = field(default_factory=dict)

    def add(self, book: str, balance: int, held: int = 0, incoming: int = 0) -> None:
        sums = self.sums.setdefault(book, [0, 0, 0])
        for place, minor in enumerate((balance, held, incoming)):
            sums[place] += minor


async def read_market(connection: AsyncConnection) -> MarketSide:
    """The market's side, in the open transaction of `connection`. Read it before the bank is asked."""
    async with AsyncSession(connection) as session:
        books = {
            row.book: (int(row.balance), int(row.held), int(row.incoming)) for row in await session.execute(_OUTSIDE)
        }
        files, withdrawals = await read_files(session), await payouts.read_withdrawals(session)
        return MarketSide(files, books, withdrawals, await remittances.read_incoming(session))


async def examine(
    market: MarketSide, database: Database, banks: Banks, now: datetime, grace: timedelta
) -> list[Result]:
    """Compares every deal with the operations under its reference.

    The bank is asked after the market was read, and a bank never undoes anything: what the market has recorded must
    exist there. A bank that is ahead is no difference while its answer may be on its way.
    """
    try:
        found = await _look(market.files, banks)

        async def again(deal_ids: Collection[str]) -> list[Difference]:
            async with database.transaction() as session:
                files = await read_files(session, deal_ids)
            return (await _look(files, banks)).differences

        differences = await lasting(found.differences, again, now, grace)
        paid_out = await payouts.look(market.withdrawals, banks, found.add, now, grace)
        asked, unknown = await ahead.examine(database, banks, now, grace)
        came = await remittances.look(market.incoming, banks, now, grace)
    except BankSilent as silent:
        return [_result(name, 0, [Violation(name, f"the bank did not answer: {silent}")]) for name in SENTENCES]
    results = [
        _result(name, found.examined[name], [Violation(name, one.detail) for one in differences if one.check == name])
        for name in (KNOWN, RECORDED, AGREE, STATUSES)
    ]
    violations = [Violation(payouts.NAME, detail) for detail in paid_out.details]
    results.append(_result(payouts.NAME, paid_out.examined, violations, rare=True))
    strays = [Violation(ahead.NAME, detail) for detail in unknown]
    results.append(_result(ahead.NAME, asked, strays))
    differing = [Violation(remittances.NAME, detail) for detail in came.details]
    results.append(_result(remittances.NAME, came.examined, differing, rare=True))
    return [*results, _compare_books(market.books, found.sums)]


def _result(name: str, examined: int, violations: list[Violation], *, rare: bool = False) -> Result:
    return Result(Store.BANK, name, 17, SENTENCES[name], examined, listed(violations), len(violations), rare=rare)


async def _look(files: Sequence[DealFile], banks: Banks) -> _Findings:
    findings = _Findings()
    await some_at_once(files, lambda file: _look_at_deal(file, banks, findings))
    return findings


async def _look_at_deal(file: DealFile, banks: Banks, findings: _Findings) -> None:
    asked = await _clients(file, banks)
    operations = {one.key: one for bank in asked for one in await _operations(bank, str(file.deal.id))}
    findings.differences += compare(file, operations)
    named = _named(file)
    findings.examined[KNOWN] += len(operations)
    findings.examined[RECORDED] += len(named)
    findings.examined[AGREE] += len(named)
    findings.examined[STATUSES] += sum(1 for payment in file.at_banks if payment.payment.operation is not None)
    strangers = operations.keys() - named
    if strangers:
        findings.differences += await _explain(file, strangers, asked)
    for payment in file.payments:
        _add_up(file, payment, operations, findings)


def _named(file: DealFile) -> set[str]:
    """Keys of the operations that the rows name."""
    keys = {payment.payment.operation for payment in file.at_banks}
    keys |= {step.operation for payment in file.at_banks for step in (*payment.pays_out, *payment.clawed_back)}
    return {key for key in keys if key is not None}


async def _explain(file: DealFile, strangers: Collection[str], banks: Sequence[BankClient]) -> list[Difference]:
    """Violations by operations that no row names: none if they answer a call that is still being made."""
    left = set(strangers)
    found: list[Difference] = []
    for bank, (what, may_be, call) in product(banks, unanswered(file)):
        answer = await bank.ask(call)
        if isinstance(answer, Done):
            left.discard(answer.value.key)
            if not may_be:
                detail = f"{what} was not carried out by its rows, but is operation {answer.value.key} at the bank"
                found.append(file.difference(STATUSES, detail))
        elif not isinstance(answer, KeyUnknown | Refused):
            found.append(file.difference(AGREE, f"{what}: asked for its outcome, the bank answered: {answer.why}"))
    names = f"is that of no payment or step of deal {file.deal.id}"
    return found + [file.difference(KNOWN, f"operation {key} {names}") for key in sorted(left)]


async def _clients(file: DealFile, banks: Banks) -> Sequence[BankClient]:
    """The client programs that the deal's payments were made through; the first one for a deal without any."""
    of = {payment.payment.payer_bank for payment in file.payments} or {PLATFORM}
    return list({id(client): client for client in [await banks.of(bank) for bank in sorted(of)]}.values())


async def _operations(bank: BankClient, reference: str) -> list[Operation]:
    answer = await answered(lambda: bank.operations(reference))
    if isinstance(answer, Refused):
        raise BankSilent(answer.detail)
    return answer.value


def _add_up(file: DealFile, payment: PaymentFile, operations: dict[str, Operation], findings: _Findings) -> None:
    """Adds the bank's amounts for everything that the market has recorded as held, captured and paid out."""
    row, currency = payment.payment, file.deal.currency
    if row.from_wallet:  # the platform's commission involves no bank
        for step in (*payment.pays_out, *payment.clawed_back):
            if step.state == StepState.DONE:
                earned_minor = step.amount_minor if step.name == Step.COMMISSION else -(step.from_commission_minor or 0)
                findings.add(f"commission/{currency}", earned_minor)
        return
    taken = operations.get(row.operation or "")
    if taken is not None and row.taken:
        payer, fees = f"outside/payer/{bank_id_of(taken.payer_account)}/{currency}", f"bank-fees/{currency}"
        total = taken.amount.minor + taken.fee.minor
        if payment.captured:
            findings.add(payer, -total)
            findings.add(fees, taken.fee.minor)
        elif not payment.is_returned:
            findings.add(payer, 0, held=total)
            findings.add(fees, 0, incoming=taken.fee.minor)
    for step in payment.pays_out:
        paid = operations.get(step.operation or "")
        if paid is not None:
            seller = f"outside/seller/{bank_id_of(paid.payee_account)}/{currency}"
            if step.name == Step.COMMISSION:
                findings.add(f"commission/{currency}", paid.amount.minor)
            elif not is_wallet(step.account or ""):
                findings.add(seller, paid.amount.minor)
    for step in payment.clawed_back:
        back = operations.get(step.operation or "")
        if back is not None:
            _add_back(file, payment, step, back, findings)


def _add_back(file: DealFile, payment: PaymentFile, step: StepRow, back: Operation, findings: _Findings) -> None:
    """Amount and fee as the bank reports them; it said only once, in its answer to the step, whose money it was."""
    currency = file.deal.currency
    bank_id = bank_id_of(step.account or file.deal.payee_account)
    guaranteed, owed = step.from_guarantee_minor or 0, step.from_owed_minor or 0
    commission = step.from_commission_minor or 0
    given_to = step.given_to or payment.payment.payer_account
    if not is_wallet(given_to):
        findings.add(f"outside/payer/{bank_id_of(given_to)}/{currency}", back.amount.minor + back.fee.minor)
    findings.add(f"bank-fees/{currency}", -back.fee.minor)
    findings.add(f"commission/{currency}", -commission)
    if is_wallet(step.account or ""):
        return  # from the seller's wallet, which is in our books and no bank's
    findings.add(f"guarantee/{bank_id}/{currency}", -guaranteed)
    if step.taken != Taken.KEPT:  # which was never the seller's
        findings.add(f"outside/seller/{bank_id}/{currency}", guaranteed + owed + commission - back.amount.minor)


def _compare_books(books: dict[str, tuple[int, int, int]], sums: dict[str, list[int]]) -> Result:
    violations = []
    nothing = (0, 0, 0)
    for book in sorted(books.keys() | sums.keys()):
        ours, theirs = books.get(book, nothing), tuple(sums.get(book, nothing))
        if ours != theirs:
            said = f"{book}: balance, held, incoming are {ours} in the ledger, {theirs} by the banks' operations"
            violations.append(Violation(BOOKS, said))
    return _result(BOOKS, len(books.keys() | sums.keys()), violations)
