"""How a withdrawal begins: to a bank account of its owner, or to an address on a chain."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import Conflict
from domain.money import Money
from domain.withdrawals import CONFIRM_WITHIN, AddressTerms, WithdrawalState
from store import clock
from store.banks.accounts import Account, usable
from store.banks.bank_clients import must_take_money
from store.banks.banks import fee_rule
from store.payments.unconfirmed import UNCONFIRMED_WITHDRAWALS, may_wait_for_a_code
from store.wallets import withdrawal_books as books
from store.wallets.wallets import Wallet
from store.wallets.withdrawals import Withdrawal


async def begin_withdrawal(session: AsyncSession, wallet: Wallet, account: Account, money: Money) -> Withdrawal:
    """Holds amount and fee in the wallet, until a code confirms it.

    Raises `Conflict` account_unconfirmed, wrong_currency, too_many_unconfirmed, insufficient_funds, wallet_closed,
    bank_not_served.
    """
    usable(account)
    await must_take_money(session, (account.bank_id,))
    if not wallet.currency == account.currency == money.currency:
        raise Conflict("wrong_currency", "Wallet, account and amount are in one currency.", "amount.currency")
    # The account's bank pays it out from the platform's account there: within one bank.
    rule = await fee_rule(session, account.bank_id, account.bank_id, money.currency)
    made = Withdrawal(bank_id=account.bank_id, account=account.number, fee_minor=rule.fee_minor(money.minor))
    return await _begin(session, wallet, made, money)


async def begin_to_address(
    session: AsyncSession, wallet: Wallet, gateway: str, address: str, money: Money, terms: AddressTerms
) -> Withdrawal:
    """As `begin_withdrawal`, to an address that was checked."""
    if wallet.currency != money.currency:
        raise Conflict("wrong_currency", "Wallet and amount are in one currency.", "amount.currency")
    made = Withdrawal(gateway=gateway, account=address, fee_minor=terms.fee.minor)
    made.needs_approval = money > terms.approve_above
    return await _begin(session, wallet, made, money)


async def _begin(session: AsyncSession, wallet: Wallet, made: Withdrawal, money: Money) -> Withdrawal:
    await may_wait_for_a_code(session, wallet.user_id, UNCONFIRMED_WITHDRAWALS)
    made.wallet_id, made.amount_minor, made.currency = wallet.id, money.minor, money.currency
    made.state, made.expires_at = WithdrawalState.AWAITING_CODE, await clock.now(session, wallet.id) + CONFIRM_WITHIN
    session.add(made)
    await session.flush()
    await books.hold(session, made, wallet)
    return made
