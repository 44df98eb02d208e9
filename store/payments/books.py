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
from ledger.accounts import Named, lock_balances, open_named, shard
from ledger.commands import Capture, Command, Hold, Post, Void
from ledger.kernel import post
from ledger.outcomes import Refused
from store.banks.accounts import bank_id_of
from store.deals.deals import Deal
from store.payments.payments import Payment
from store.payments.steps import StepRow

SHARDS = 8  # system accounts that every payment touches must not serialise payments


Side = Named | int
"""An account by its code, or a wallet by its id."""


def _deal_account(deal: Deal) -> Named:
    return Named(f"deal/{deal.id}", 0)


def _owed_account(deal: Deal) -> Named:
    return Named(f"seller/{deal.seller_id}/payable/{deal.currency}", 0)


def _debt_account(deal: Deal) -> Named:
    return Named(f"guarantee/wallet/{deal.seller_id}/{deal.currency}")


def _shard(code: str, payment: Payment) -> Named:
    return shard(f"{code}/{payment.currency}", SHARDS, str(payment.id))


def _payer(payment: Payment) -> Side:
    if payment.from_wallet:
        return ledger_account_of(payment.payer_account)
    return _shard(f"outside/payer/{payment.payer_bank}", payment)


def _payer_again(payment: Payment, step: StepRow) -> Side:
    """The target of a clawback: the original source, or the account that the payer has named instead."""
    if step.given_to is None:
        return _payer(payment)
    if is_wallet(step.given_to):
        return ledger_account_of(step.given_to)
    return _shard(f"outside/payer/{bank_id_of(step.given_to)}", payment)


def _seller(payment: Payment, account: str) -> Side:
    """The ledger account for a credit to `account`, and the source of a clawback from it."""
    if is_wallet(account):
        return ledger_account_of(account)
    return _shard(f"outside/seller/{bank_id_of(account)}", payment)


async def _ids(session: AsyncSession, currency: str, *sides: Side) -> list[int]:
    """The ids of these accounts, in one statement."""
    named = [side for side in sides if isinstance(side, Named)]
    ids = iter(await open_named(await session.connection(), named, currency))
    return [next(ids) if isinstance(side, Named) else side for side in sides]


async def _book(session: AsyncSession, commands: list[Command]) -> None:
    """Posts commands that record what a bank has done already: a refusal here is a bug, not an answer."""
    outcomes = await post(await session.connection(), commands, linked=True)
    refused = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
    if refused:
        raise RuntimeError(f"the books refuse what the bank has done: {refused}")


async def book_hold(session: AsyncSession, deal: Deal, payment: Payment) -> bool:
    """The payer's rail holds amount and fee. False, with nothing booked, when the wallet no longer has them."""
    key, source = str(payment.id), _payer(payment)
    if isinstance(source, int):  # before an account is opened for money that may not come
        locked = await lock_balances(await session.connection(), [source])
        if locked[source].available_minor < payment.total.minor:
            return False
    sides = [source, _deal_account(deal), *([_shard("bank-fees", payment)] if payment.fee_minor else [])]
    payer, deal_account, *fees = await _ids(session, deal.currency, *sides)
    reference = str(deal.id)
    commands: list[Command] = [
        Hold(ledger_key(key, "hold"), payer, deal_account, payment.amount_minor, deal.currency, reference)
    ]
    for bank_fees in fees:
        commands.append(Hold(ledger_key(key, "fee"), payer, bank_fees, payment.fee_minor, deal.currency, reference))
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
    from_ = _deal_account(deal) if step.number == 1 else _owed_account(deal)
    debts = [_debt_account(deal)] if is_wallet(account) else []
    source, paid_out, *owed = await _ids(session, deal.currency, from_, _seller(payment, account), *debts)
    leg = ledger_key(key, f"{step.name}/{step.number}")
    commands: list[Command] = [Post(leg, source, paid_out, step.amount_minor, deal.currency, str(deal.id))]
    for debt_account in owed:
        locked = await lock_balances(await session.connection(), [source, paid_out, debt_account])
        debt_minor = -locked[debt_account].balance_minor
        if debt_minor > 0:
            minor = min(debt_minor, step.amount_minor)
            netting = netting_key(key, step.number, rest=step.name == Step.REST)
            commands.append(Post(netting, paid_out, debt_account, minor, deal.currency, str(deal.id)))
    await _book(session, commands)


async def book_owed(session: AsyncSession, deal: Deal, payment: Payment, step: StepRow) -> None:
    """The seller's bank has refused the credit, which is a payable from now on."""
    if step.number > 1:
        return  # it was a payable before and still is
    source, owed = await _ids(session, deal.currency, _deal_account(deal), _owed_account(deal))
    leg = ledger_key(str(payment.id), "payable/rest" if step.name == Step.REST else "payable")
    await _book(session, [Post(leg, source, owed, step.amount_minor, deal.currency, str(deal.id))])


async def book_commission(session: AsyncSession, deal: Deal, payment: Payment, step: StepRow) -> None:
    """The platform's account at the seller's bank has received the commission."""
    source, earned = await _ids(session, deal.currency, _deal_account(deal), _shard("commission", payment))
    leg = ledger_key(str(payment.id), f"{Step.COMMISSION}/{step.number}")
    await _book(session, [Post(leg, source, earned, step.amount_minor, deal.currency, str(deal.id))])


async def book_clawback(session: AsyncSession, deal: Deal, payment: Payment, step: StepRow) -> None:
    """The payer has received the parts from seller, platform, payable and guarantee, and the refunded part of the fee.

    The parts are collected on the deal's account and paid to the payer in one, so that no entry of the payer's shows
    their sources. The platform pays what the seller's wallet lacks; the step then records how much came from each.
    """
    account = step.account or deal.payee_account
    if is_wallet(step.account or ""):
        await _split_of_wallet(session, deal, step)
    guarantee = _debt_account(deal) if is_wallet(account) else _shard(f"guarantee/{bank_id_of(account)}", payment)
    sources: list[tuple[str, Side, int | None]] = [
        ("payable", _owed_account(deal), step.from_owed_minor),
        ("payee", _seller(payment, account), step.from_payee_minor),
        ("commission", _shard("commission", payment), step.from_commission_minor),
        ("guarantee", guarantee, step.from_guarantee_minor),
    ]
    parts = [(origin, side, minor) for origin, side, minor in sources if minor]
    fees = [_shard("bank-fees", payment)] if step.fee_minor else []
    sides = [_payer_again(payment, step), _deal_account(deal), *(side for _, side, _ in parts), *fees]
    payer, collected, *others = await _ids(session, deal.currency, *sides)
    leg, reference = ledger_key(str(payment.id), f"{step.name}/{step.number}"), str(deal.id)
    commands: list[Command] = [
        Post(f"{leg}/{origin}", source, collected, minor, deal.currency, reference)
        for (origin, _, minor), source in zip(parts, others, strict=False)
    ]
    commands.append(Post(f"{leg}/given", collected, payer, step.amount_minor, deal.currency, reference))
    if step.fee_minor:
        commands.append(Post(f"{leg}/fee", others[-1], payer, step.fee_minor, deal.currency, reference))
    await _book(session, commands)


async def _split_of_wallet(session: AsyncSession, deal: Deal, step: StepRow) -> None:
    """Records in a clawback how much the seller's wallet has available; the platform pays the rest."""
    wallet, debts = await _ids(session, deal.currency, ledger_account_of(step.account or ""), _debt_account(deal))
    locked = await lock_balances(await session.connection(), [wallet, debts])
    free = max(locked[wallet].available_minor, 0)
    step.from_commission_minor = step.commission_minor or 0
    step.from_payee_minor = min(step.amount_minor - step.from_commission_minor, free)
    step.from_guarantee_minor = step.amount_minor - step.from_commission_minor - step.from_payee_minor
