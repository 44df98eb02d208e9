"""The market's books: every step of a payment in double entry.

Accounts, per currency (credit is +, debit is −):
    deal/{id}                  money taken for a deal and not yet passed on; guarded at 0
    outside/payer/{bank}/{cur} the source of payers' money (shards, always negative)
    outside/seller/{bank}/{cur} what sellers were paid at their banks (shards)
    bank-fees/{cur}            what payers' banks kept (shards)
    commission/{cur}           what the platform earned (shards)
    seller/{id}/payable/{cur}     payables: credits that a seller's bank refused; guarded at 0
    guarantee/{bank}/{cur}     what guarantee accounts paid in place of sellers (shards, always negative)
    wallet/{user}/{cur}        replaces outside/payer and outside/seller when a wallet pays or is paid; guarded at 0
    guarantee/wallet/{seller}/{cur} what the platform paid in place of a seller who had spent it from the wallet:
                               negative by the debt, which is netted from the wallet's next credits

A deal's books balance when its own account holds nothing: in + guarantee = out + fees + commission + owed. A refund
reverses these postings. A seller's debt to the guarantee account is kept by the seller's bank, which alone sees all
money that reaches the seller, and nets it from that.
"""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from domain.keys import ledger_key, netting_key
from domain.payments import Step
from domain.wallets import is_wallet, ledger_account_of
from ledger.accounts import lock_balances, open_account, open_shards, shard_for
from ledger.commands import Capture, Command, Hold, Post, Void
from ledger.kernel import post
from ledger.outcomes import Refused
from store.banks.accounts import bank_id_of
from store.deals.deals import Deal
from store.payments.payments import Payment
from store.payments.steps import StepRow

SHARDS = 8  # system accounts that every payment touches must not serialise payments


async def _deal_account(session: AsyncSession, deal: Deal) -> int:
    return await open_account(await session.connection(), f"deal/{deal.id}", deal.currency, floor_minor=0)


async def _owed_account(session: AsyncSession, deal: Deal) -> int:
    code = f"seller/{deal.seller_id}/payable/{deal.currency}"
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


async def _payer(session: AsyncSession, payment: Payment) -> int:
    if payment.from_wallet:
        return ledger_account_of(payment.payer_account)
    return await _shard(session, f"outside/payer/{payment.payer_bank}", payment.currency, str(payment.id))


async def _payer_again(session: AsyncSession, payment: Payment, step: StepRow) -> int:
    """The target of a clawback: the original source, or the account that the payer has named instead."""
    if step.given_to is None:
        return await _payer(session, payment)
    if is_wallet(step.given_to):
        return ledger_account_of(step.given_to)
    return await _shard(session, f"outside/payer/{bank_id_of(step.given_to)}", payment.currency, str(payment.id))


async def _seller(session: AsyncSession, deal: Deal, account: str, key: str) -> int:
    """The ledger account for a credit to `account`, and the source of a clawback from it."""
    if is_wallet(account):
        return ledger_account_of(account)
    return await _shard(session, f"outside/seller/{bank_id_of(account)}", deal.currency, key)


async def _debt_account(session: AsyncSession, deal: Deal) -> int:
    code = f"guarantee/wallet/{deal.seller_id}/{deal.currency}"
    return await open_account(await session.connection(), code, deal.currency)


async def book_hold(session: AsyncSession, deal: Deal, payment: Payment) -> bool:
    """The payer's rail holds amount and fee. False, with nothing booked, when the wallet no longer has them."""
    key = str(payment.id)
    payer = await _payer(session, payment)
    if payment.from_wallet:
        locked = await lock_balances(await session.connection(), [payer])
        if locked[payer].available_minor < payment.total.minor:
            return False
    deal_account = await _deal_account(session, deal)
    reference = str(deal.id)
    commands: list[Command] = [
        Hold(ledger_key(key, "hold"), payer, deal_account, payment.amount_minor, deal.currency, reference)
    ]
    if payment.fee_minor:
        fees = await _shard(session, "bank-fees", deal.currency, key)
        commands.append(Hold(ledger_key(key, "fee"), payer, fees, payment.fee_minor, deal.currency, reference))
    await _book(session, commands)
    return True


async def _book_end(session: AsyncSession, payment: Payment, end: type[Capture] | type[Void], name: str) -> None:
    key = str(payment.id)
    legs = ["hold", "fee"] if payment.fee_minor else ["hold"]
    await _book(session, [end(ledger_key(key, f"{leg}/{name}"), ledger_key(key, leg)) for leg in legs])


async def book_capture(session: AsyncSession, payment: Payment) -> None:
    """The payer's bank has captured amount and fee."""
    await _book_end(session, payment, Capture, "capture")


async def book_void(session: AsyncSession, payment: Payment) -> None:
    """The payer's bank has freed everything that it held."""
    await _book_end(session, payment, Void, "void")


async def book_credit(session: AsyncSession, deal: Deal, payment: Payment, step: StepRow) -> None:
    """The bank of the step's account has credited the seller; a repeat after a refusal pays the payable.

    A wallet is credited by this posting itself, and then the seller's debt is netted from it.
    """
    key = str(payment.id)
    # After a refusal the seller may have named an account at another bank than the deal's.
    account = step.account or deal.payee_account
    paid_out = await _seller(session, deal, account, key)
    source = await _deal_account(session, deal) if step.number == 1 else await _owed_account(session, deal)
    leg = ledger_key(key, f"{Step.CREDIT}/{step.number}")
    commands: list[Command] = [Post(leg, source, paid_out, step.amount_minor, deal.currency, str(deal.id))]
    if is_wallet(account):
        debt_account = await _debt_account(session, deal)
        locked = await lock_balances(await session.connection(), [source, paid_out, debt_account])
        debt_minor = -locked[debt_account].balance_minor
        if debt_minor > 0:
            minor = min(debt_minor, step.amount_minor)
            netting = netting_key(key, step.number)
            commands.append(Post(netting, paid_out, debt_account, minor, deal.currency, str(deal.id)))
    await _book(session, commands)


async def book_owed(session: AsyncSession, deal: Deal, payment: Payment, step: StepRow) -> None:
    """The seller's bank has refused the credit, which is a payable from now on."""
    if step.number > 1:
        return  # it was a payable before and still is
    source, owed = await _deal_account(session, deal), await _owed_account(session, deal)
    leg = ledger_key(str(payment.id), "payable")
    await _book(session, [Post(leg, source, owed, step.amount_minor, deal.currency, str(deal.id))])


async def book_commission(session: AsyncSession, deal: Deal, payment: Payment, step: StepRow) -> None:
    """The platform's account at the seller's bank has received the commission."""
    key = str(payment.id)
    earned = await _shard(session, "commission", deal.currency, key)
    source = await _deal_account(session, deal)
    leg = ledger_key(key, f"{Step.COMMISSION}/{step.number}")
    await _book(session, [Post(leg, source, earned, step.amount_minor, deal.currency, str(deal.id))])


async def book_clawback(session: AsyncSession, deal: Deal, payment: Payment, step: StepRow) -> None:
    """The payer has received the parts from seller, platform, payable and guarantee, and the refunded part of the fee.

    The parts are collected on the deal's account and paid to the payer in one, so that no entry of the payer's shows
    their sources. The platform pays what the seller's wallet lacks; the step then records how much came from each.
    """
    key = str(payment.id)
    payer, collected = await _payer_again(session, payment, step), await _deal_account(session, deal)
    if is_wallet(step.account or ""):
        await _split_of_wallet(session, deal, step)
    sources: list[tuple[str, int, int]] = []
    if step.from_owed_minor:
        sources.append(("payable", await _owed_account(session, deal), step.from_owed_minor))
    account = step.account or deal.payee_account
    if step.from_payee_minor:
        sources.append(("payee", await _seller(session, deal, account, key), step.from_payee_minor))
    if step.from_commission_minor:
        earned = await _shard(session, "commission", deal.currency, key)
        sources.append(("commission", earned, step.from_commission_minor))
    if step.from_guarantee_minor:
        guarantee = await (
            _debt_account(session, deal)
            if is_wallet(account)
            else _shard(session, f"guarantee/{bank_id_of(account)}", deal.currency, key)
        )
        sources.append(("guarantee", guarantee, step.from_guarantee_minor))
    leg, reference = ledger_key(key, f"{step.name}/{step.number}"), str(deal.id)
    commands: list[Command] = [
        Post(f"{leg}/{origin}", source, collected, minor, deal.currency, reference) for origin, source, minor in sources
    ]
    commands.append(Post(f"{leg}/given", collected, payer, step.amount_minor, deal.currency, reference))
    if step.fee_minor:
        fees = await _shard(session, "bank-fees", deal.currency, key)
        commands.append(Post(f"{leg}/fee", fees, payer, step.fee_minor, deal.currency, reference))
    await _book(session, commands)


async def _split_of_wallet(session: AsyncSession, deal: Deal, step: StepRow) -> None:
    """Records in a clawback how much the seller's wallet has available; the platform pays the rest."""
    wallet = ledger_account_of(step.account or "")
    locked = await lock_balances(await session.connection(), [wallet, await _debt_account(session, deal)])
    free = max(locked[wallet].available_minor, 0)
    step.from_commission_minor = step.commission_minor or 0
    step.from_payee_minor = min(step.amount_minor - step.from_commission_minor, free)
    step.from_guarantee_minor = step.amount_minor - step.from_commission_minor - step.from_payee_minor
