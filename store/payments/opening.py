"""How a payment begins: what it would cost, and whether its deal takes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.codes import may_begin_unconfirmed
from domain.deals import OPEN, DealState, in_time, room_for
from domain.errors import Conflict
from domain.keys import operation_key
from domain.money import Money
from domain.payments import COMMITTED, PaymentState, may_open
from domain.service_deals import must_be_confirmed
from domain.wallets import PLATFORM
from store.banks.accounts import Account, usable
from store.banks.bank_clients import must_take_money
from store.banks.banks import Bank, fee_rule, platform_account
from store.deals.deals import Deal
from store.payments.books import book_hold
from store.payments.payments import Payment, record_event
from store.payments.unconfirmed import UNCONFIRMED
from store.people.users import lock_person
from store.wallets.wallets import Wallet, wallet_for


@dataclass(frozen=True, slots=True)
class Quote:
    """A quote: `amount` reaches the deal, `fee` goes to the payer's bank, `left` is unpaid and unreserved.

    `minimum_applies`: the fee is the bank's minimum, which is taken again for every other part of the price.
    """

    amount: Money
    fee: Money
    left: Money
    minimum_applies: bool = False

    @property
    def total(self) -> Money:
        return self.amount + self.fee


def _committed(deal_id: UUID) -> Select[Any]:
    return select(func.sum(Payment.amount_minor)).where(Payment.deal_id == deal_id, Payment.state.in_(COMMITTED))


async def committed_minor(session: AsyncSession, deal_id: UUID) -> int:
    """The sum of all payments of the deal that are reserved, held or paid, in minor units of the deal's currency."""
    return int(await session.scalar(_committed(deal_id)) or 0)


async def quote(
    session: AsyncSession, deal: Deal, source: Account | Wallet, amount: Money | None, committed: int | None = None
) -> Quote:
    """Fee and total for paying `amount` (None: all that is left) from `source`, by the copied fee table.

    `committed` is as of `committed_minor`, if the caller has it. Raises `Conflict` account_unconfirmed, wrong_currency,
    overpayment, bank_not_served, banks_not_connected.
    """
    usable(source)
    if committed is None and isinstance(source, Account):
        await must_take_money(session, (source.bank_id, deal.payee_bank))
    if source.currency != deal.currency or (amount is not None and amount.currency != deal.currency):
        field = "account_id" if isinstance(source, Account) else "wallet_id"
        raise Conflict("wrong_currency", "The deal is in another currency.", field)
    committed = await committed_minor(session, deal.id) if committed is None else int(committed)
    left = Money(deal.price_minor - committed, deal.currency)
    wanted = amount or left
    if wanted.minor < 1:
        raise Conflict("overpayment", "Nothing is left to pay.", "amount")
    room_for(wanted.minor, deal.price_minor, committed)
    rule = await fee_rule(session, source.bank_id, deal.payee_bank, deal.currency)
    return Quote(wanted, Money(rule.fee_minor(wanted.minor), deal.currency), left, rule.minimum_applies(wanted.minor))


async def _payee_of(session: AsyncSession, deal: Deal, source: Account | Wallet) -> str:
    """The payee shown to the payer. Raises `Conflict` currency_not_served.

    Money from a wallet stays on the platform, in the seller's wallet, which the seller or we open. Money from a bank
    for a wallet is paid to the platform's own account at that bank, which must be in the deal's currency.
    """
    if isinstance(source, Wallet):
        return (await wallet_for(session, deal.seller_id, deal.currency)).number
    if deal.payee_bank != PLATFORM:
        return deal.payee_account
    return await platform_account(session, source.bank_id, deal.currency)


async def open_payment(session: AsyncSession, deal: Deal, source: Account | Wallet, amount: Money | None) -> Payment:
    """Stores a payment of the buyer, under the deal's `FOR NO KEY UPDATE` lock held by the caller.

    Raises `Conflict` deal_closed, deal_unconfirmed, deadline_passed, too_many_payments, too_many_unconfirmed,
    account_unconfirmed, wrong_currency, overpayment, same_account, currency_not_served, bank_not_served,
    banks_not_connected.
    """
    await lock_person(session, deal.buyer_id)
    standing = (await session.execute(_standing(deal, source.bank_id))).one()
    payment_id, now, *clients, payments, unconfirmed, committed = standing
    must_be_confirmed(DealState(deal.state))
    if not in_time(now, deal.pay_by):
        raise Conflict("deadline_passed", "The time to pay is over.")
    if DealState(deal.state) not in OPEN:
        raise Conflict("deal_closed", "The deal takes no more payments.")
    if source.number == deal.payee_account:
        raise Conflict("same_account", "This is the account that receives the payment.", "account_id")
    if isinstance(source, Account) and any(clients):  # those of the settings' client need no statement more
        await must_take_money(session, (source.bank_id, deal.payee_bank))
    may_open(payments)
    may_begin_unconfirmed(unconfirmed)
    quoted = await quote(session, deal, source, amount, committed or 0)
    payment = Payment(
        id=payment_id,
        deal_id=deal.id,
        payer_id=deal.buyer_id,
        account_id=source.id if isinstance(source, Account) else None,
        wallet_id=source.id if isinstance(source, Wallet) else None,
        payer_account=source.number,
        payer_bank=source.bank_id,
        payee_account=await _payee_of(session, deal, source),
        amount_minor=quoted.amount.minor,
        fee_minor=quoted.fee.minor,
        currency=deal.currency,
        state=PaymentState.OPENING,
        taken=False,
        events=0,
    )
    session.add(payment)
    record_event(session, payment, f"payment.{payment.state}", amount=payment.amount.amount, fee=payment.fee.amount)
    return payment


async def hold_from_wallet(
    session: AsyncSession, deal: Deal, wallet: Wallet, amount: Money, at: datetime
) -> Payment | None:
    """A payment from the buyer's wallet that is held at once, without a code; None if the wallet does not have it.

    The wallet's ledger account stays locked in either case. `at`: when the wallet had the money.
    """
    payment_id = await session.scalar(select(func.uuidv7(type_=Uuid)))
    payment = Payment(
        id=payment_id,
        deal_id=deal.id,
        payer_id=deal.buyer_id,
        wallet_id=wallet.id,
        payer_account=wallet.number,
        payer_bank=wallet.bank_id,
        payee_account=await _payee_of(session, deal, wallet),
        amount_minor=amount.minor,
        fee_minor=0,
        currency=amount.currency,
        state=PaymentState.HELD,
        operation=operation_key(str(payment_id)),
        taken=True,
        authorised_at=at,
        events=0,
    )
    if not await book_hold(session, deal, payment):
        return None
    session.add(payment)
    record_event(session, payment, f"payment.{payment.state}", amount=payment.amount.amount, authorised=True)
    await session.flush()
    return payment


def _standing(deal: Deal, payer_bank: int) -> Select[Any]:
    """What decides whether a deal takes another payment, in one statement after the locks of deal and person.

    An id for the payment, which saves a statement; the time, the registered clients of the banks, the deal's payments,
    those of the buyer that wait for a code, and the sum of what is reserved, held or paid.
    """
    of_deal = select(func.count()).where(Payment.deal_id == deal.id)
    unconfirmed = select(func.count()).where(Payment.payer_id == deal.buyer_id, text(UNCONFIRMED))
    clients = (select(Bank.client_id).where(Bank.id == bank) for bank in (payer_bank, deal.payee_bank))
    counted = (*clients, of_deal, unconfirmed, _committed(deal.id))
    return select(func.uuidv7(type_=Uuid), func.market_now(deal.id), *(one.scalar_subquery() for one in counted))
