"""Sources for a deal: the buyer's accounts and wallets, the cheapest that suffices first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import Conflict, NotFound
from domain.money import Money
from ledger.accounts import balance
from pages.forms import FieldRefusal
from store.banks.accounts import Account, accounts_of
from store.banks.banks import Bank
from store.deals.deals import Deal
from store.payments.opening import Quote, quote
from store.payments.payments import Payment
from store.wallets.wallets import Wallet, wallets_of
from texts.languages import message

TOO_LITTLE: Final = message(
    "Your wallet has only %(available)s available. Pay a part of at most that from it, or pay in another way."
)
PAYEE: Final = message("This is the account that receives the payment.")


@dataclass(frozen=True, slots=True)
class Choice:
    """A source and the cost of paying all that is left from it; or `why_not`, such as that it is to be paid itself.

    `bank` is the name of an account's bank; None for a wallet, of which `available` can be spent.
    """

    account: Account | Wallet
    bank: str | None
    available: Money | None
    quote: Quote | None
    why_not: str | None
    refused: bool
    """A payment of this deal failed for lack of money on it."""

    @property
    def pays_something(self) -> bool:
        return self.quote is not None and (self.available is None or self.available.minor > 0)

    @property
    def pays_all(self) -> bool:
        return self.quote is not None and (self.available is None or self.quote.total <= self.available)

    @property
    def is_likely(self) -> bool:
        return self.pays_all and not self.refused

    @property
    def rank(self) -> tuple[bool, bool, bool, int]:
        return (
            not self.is_likely,
            not self.pays_all,
            not self.pays_something,
            0 if self.quote is None else self.quote.total.minor,
        )


async def choices_of(
    session: AsyncSession, deal: Deal, banks: Sequence[Bank], payments: Sequence[Payment]
) -> list[Choice]:
    """All sources in the deal's currency: the cheapest that can pay all of it first, unusable ones last."""
    names = {bank.id: bank.name for bank in banks}
    poor = {payment.payer_account for payment in payments if payment.refused_code == "insufficient_funds"}
    found = []
    for source in await sources_of(session, deal):
        if source.currency == deal.currency and not _unconfirmed(source):
            available = await available_in(session, source) if isinstance(source, Wallet) else None
            (whole, why_not), bank = await _whole(session, deal, source), names.get(source.bank_id)
            refused = bank is not None and source.number in poor
            found.append(Choice(source, bank, available, whole, why_not, refused))
    return sorted(found, key=lambda choice: choice.rank)


def chosen_of(choices: Sequence[Choice], account: str) -> Choice | None:
    """The source in the form, else the cheapest that suffices; None when the buyer has to choose."""
    named = [choice for choice in choices if str(choice.account.id) == account and choice.pays_something]
    return next((choice for choice in [*named, *choices] if choice in named or choice.is_likely), None)


async def unconfirmed_of(session: AsyncSession, deal: Deal) -> list[Account | Wallet]:
    """The buyer's accounts in the deal's currency, usable once confirmed."""
    sources = await sources_of(session, deal)
    return [source for source in sources if source.currency == deal.currency and _unconfirmed(source)]


def _unconfirmed(source: Account | Wallet) -> bool:
    return isinstance(source, Account) and source.confirmed_at is None


async def sources_of(session: AsyncSession, deal: Deal) -> list[Account | Wallet]:
    return [*await accounts_of(session, deal.buyer_id), *await wallets_of(session, deal.buyer_id)]


def chosen_in(sources: Sequence[Account | Wallet], account: str) -> Account | Wallet:
    """The source in the form. Raises `NotFound` unknown_account."""
    for source in sources:
        if str(source.id) == account:
            return source
    raise NotFound("unknown_account", "Please choose one of your accounts.", "account")


async def must_suffice(session: AsyncSession, source: Account | Wallet, quoted: Quote) -> None:
    """Raises `FieldRefusal` insufficient_funds for a wallet with less; only its bank knows an account's balance."""
    if isinstance(source, Wallet):
        available = await available_in(session, source)
        if quoted.total > available:
            raise FieldRefusal("insufficient_funds", TOO_LITTLE, "account", available=available)


async def available_in(session: AsyncSession, wallet: Wallet) -> Money:
    there = await balance(await session.connection(), wallet.account_id)
    return Money(there.available_minor, wallet.currency)


async def _whole(session: AsyncSession, deal: Deal, account: Account | Wallet) -> tuple[Quote | None, str | None]:
    """The quote of all that is left, or why this source is none for it."""
    if account.number == deal.payee_account:
        return None, PAYEE
    try:
        return await quote(session, deal, account, None), None
    except Conflict as refusal:  # such as a bank that ours has no way to, or takes nothing new
        return None, refusal.detail
