"""Suspense: differences between a bank's answer and a result forced by an operator. They are booked, and not decided
here.

Account, per currency: suspense/{cur} (shards). A balance above 0 is money that a bank has and our books had given away;
one below 0 is money that our books had counted on and that never came.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from domain.keys import ledger_key
from domain.overrides import DEBIT, Result
from domain.payments import Step
from ledger.accounts import open_shards, shard_for
from ledger.commands import Post
from ledger.kernel import post
from ledger.outcomes import Refused
from store.banks.accounts import bank_id_of
from store.deals.deals import Deal
from store.payments.books import SHARDS
from store.payments.overrides import Override
from store.payments.payments import Payment


@dataclass(frozen=True, slots=True)
class Contradiction:
    """The account (without its shard) against which the difference is booked, and the direction."""

    account: str
    to_suspense: bool


def contradiction(step: str, result: Result, payer_bank: int, payee_account: str, currency: str) -> Contradiction:
    """The consequence when the bank says the opposite of the forced `result` of `step`."""
    payer = f"outside/payer/{payer_bank}/{currency}"
    if step == DEBIT:  # forced as done, it was not held; forced as refused, it is held all the same
        return Contradiction(payer, to_suspense=result is Result.REFUSED)
    if step == Step.CAPTURE:
        return Contradiction(payer, to_suspense=False)
    if step == Step.VOID:
        return Contradiction(payer, to_suspense=True)
    if step == Step.COMMISSION:
        return Contradiction(f"commission/{currency}", to_suspense=True)
    return Contradiction(f"outside/seller/{bank_id_of(payee_account)}/{currency}", to_suspense=True)


async def book_suspense(
    session: AsyncSession, deal: Deal, payment: Payment, override: Override, step: str, account: str | None
) -> None:
    """Books the difference between a forced result and the bank's contrary answer; `account` was to be credited."""
    found = contradiction(
        step, Result(override.result or ""), payment.payer_bank, account or deal.payee_account, deal.currency
    )
    key, connection = str(payment.id), await session.connection()
    other = shard_for(await open_shards(connection, found.account, deal.currency, SHARDS), key)
    suspense = shard_for(await open_shards(connection, f"suspense/{deal.currency}", deal.currency, SHARDS), key)
    debit, credit = (other, suspense) if found.to_suspense else (suspense, other)
    leg = ledger_key(key, f"suspense/{override.id}")
    outcomes = await post(connection, [Post(leg, debit, credit, override.amount_minor, deal.currency, str(deal.id))])
    if any(isinstance(outcome, Refused) for outcome in outcomes):
        raise RuntimeError(f"the books refuse what the bank has done: {outcomes}")
