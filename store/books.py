"""The market's own books: what every step of a payment means in double entry.

Accounts, per currency (credit is +, debit is −):
    deal/{id}                  money taken for a deal and not yet given to anybody; guarded at 0
    outside/payer/{bank}/{cur} where payers' money comes from (shards, always negative)
    outside/seller/{bank}/{cur} what sellers were paid at their banks (shards)
    bank-fees/{cur}            what payers' banks kept (shards)
    commission/{cur}           what the operator earned (shards)
    seller/{id}/owed/{cur}     payables: credits that a seller's bank refused; guarded at 0
    guarantee/{bank}/{cur}     what guarantee accounts paid in place of sellers (shards, always negative)

A deal's books balance when its own account holds nothing: in + guarantee = out + fees + commission + owed. A refund
goes the same ways back. What a seller then owes the guarantee account is kept, and netted from whatever reaches him,
by his bank, which alone sees all of that.
"""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from domain.keys import ledger_key
from domain.payments import Step
from ledger.accounts import open_account, open_shards, shard_for
from ledger.commands import Capture, Command, Hold, Post, Void
from ledger.kernel import post
from ledger.outcomes import Refused
from store.accounts import bank_id_of
from store.deals import Deal
from store.payments import Payment
from store.steps import StepRow

SHARDS = 8  # system accounts that every payment touches must not serialise them


async def _deal_account(session: AsyncSession, deal: Deal) -> int:
    return await open_account(await session.connection(), f"deal/{deal.id}", deal.currency, floor_minor=0)


async def _owed_account(session: AsyncSession, deal: Deal) -> int:
    code = f"seller/{deal.seller_id}/owed/{deal.currency}"
    return await open_account(await session.connection(), code, deal.currency, floor_minor=0)


async def _shard(session: AsyncSession, code: str, currency: str, key: str) -> int:
    shards = await open_shards(await session.connection(), f"{code}/{currency}", currency, SHARDS)
    return shard_for(shards, key)


async def _book(session: AsyncSession, commands: list[Command]) -> None:
    """Posts commands that record what a bank has done already: a refusal here is a bug, not an answer."""
    outcomes = await post(await session.connection(), commands, linked=True)
    refused = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
    if refused:
        raise RuntimeError(f"the books refuse what the bank has done: {refused}")


async def book_hold(session: AsyncSession, deal: Deal, payment: Payment) -> None:
    """The payer's bank holds amount and fee."""
    key = str(payment.id)
    payer = await _shard(session, f"outside/payer/{payment.payer_bank}", deal.currency, key)
    deal_account = await _deal_account(session, deal)
    reference = str(deal.id)
    commands: list[Command] = [
        Hold(ledger_key(key, "hold"), payer, deal_account, payment.amount_minor, deal.currency, reference)
    ]
    if payment.fee_minor:
        fees = await _shard(session, "bank-fees", deal.currency, key)
        commands.append(Hold(ledger_key(key, "fee"), payer, fees, payment.fee_minor, deal.currency, reference))
    await _book(session, commands)


async def _book_end(session: AsyncSession, payment: Payment, end: type[Capture] | type[Void], name: str) -> None:
    key = str(payment.id)
    legs = ["hold", "fee"] if payment.fee_minor else ["hold"]
    await _book(session, [end(ledger_key(key, f"{leg}/{name}"), ledger_key(key, leg)) for leg in legs])


async def book_capture(session: AsyncSession, payment: Payment) -> None:
    """The payer's bank has given amount and fee away for good."""
    await _book_end(session, payment, Capture, "capture")


async def book_void(session: AsyncSession, payment: Payment) -> None:
    """The payer's bank has freed everything it held."""
    await _book_end(session, payment, Void, "void")


async def book_credit(session: AsyncSession, deal: Deal, payment: Payment, step: StepRow) -> None:
    """The bank of the step's account has credited the seller; a repeat after a refusal pays what was owed."""
    key = str(payment.id)
    # After a refusal the seller may have named an account at another bank than the deal's.
    bank_id = bank_id_of(step.account or deal.payee_account)
    paid_out = await _shard(session, f"outside/seller/{bank_id}", deal.currency, key)
    source = await _deal_account(session, deal) if step.number == 1 else await _owed_account(session, deal)
    leg = ledger_key(key, f"{Step.CREDIT}/{step.number}")
    await _book(session, [Post(leg, source, paid_out, step.amount_minor, deal.currency, str(deal.id))])


async def book_owed(session: AsyncSession, deal: Deal, payment: Payment, step: StepRow) -> None:
    """The seller's bank has refused the credit: the money is owed to the seller from now on."""
    if step.number > 1:
        return  # it was owed before and still is
    source, owed = await _deal_account(session, deal), await _owed_account(session, deal)
    leg = ledger_key(str(payment.id), "owed")
    await _book(session, [Post(leg, source, owed, step.amount_minor, deal.currency, str(deal.id))])


async def book_commission(session: AsyncSession, deal: Deal, payment: Payment, step: StepRow) -> None:
    """The operator's account at the seller's bank has got the commission."""
    key = str(payment.id)
    earned = await _shard(session, "commission", deal.currency, key)
    source = await _deal_account(session, deal)
    leg = ledger_key(key, f"{Step.COMMISSION}/{step.number}")
    await _book(session, [Post(leg, source, earned, step.amount_minor, deal.currency, str(deal.id))])


async def book_taking_back(session: AsyncSession, deal: Deal, payment: Payment, step: StepRow) -> None:
    """The payer has back what came from payee, payable and guarantee, and what went with it of the bank's fee."""
    key = str(payment.id)
    payer = await _shard(session, f"outside/payer/{payment.payer_bank}", deal.currency, key)
    sources: list[tuple[str, int, int]] = []
    if step.from_owed_minor:
        sources.append(("owed", await _owed_account(session, deal), step.from_owed_minor))
    bank_id = bank_id_of(step.account or deal.payee_account)
    if step.from_payee_minor:
        code = "commission" if step.name == Step.COMMISSION_REFUND else f"outside/seller/{bank_id}"
        sources.append(("payee", await _shard(session, code, deal.currency, key), step.from_payee_minor))
    if step.from_guarantee_minor:
        guarantee = await _shard(session, f"guarantee/{bank_id}", deal.currency, key)
        sources.append(("guarantee", guarantee, step.from_guarantee_minor))
    if step.fee_minor:
        sources.append(("fee", await _shard(session, "bank-fees", deal.currency, key), step.fee_minor))
    leg = ledger_key(key, f"{step.name}/{step.number}")
    await _book(
        session,
        [
            Post(f"{leg}/{origin}", source, payer, minor, deal.currency, str(deal.id))
            for origin, source, minor in sources
        ],
    )
