"""Shared by all pages about one wallet, and by their forms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import Refusal
from domain.limits import MAX_DETAILS
from domain.money import Money
from ledger import Balance, balance
from pages.amounts import read_money
from pages.forms import FieldRefusal, optional_line, read_all, text_of
from pages.visit import Known
from store.wallets import Wallet, unknown_wallet, wallet_of_user
from texts.languages import Language, message

NOT_ENOUGH: Final = message("Your wallet has only %(available)s available.")


@dataclass(frozen=True, slots=True)
class WalletView:
    """A wallet and its money: all of it, and the part that can be spent."""

    wallet: Wallet
    inside: Money
    available: Money
    held: Money

    @classmethod
    def of(cls, wallet: Wallet, found: Balance) -> WalletView:
        def money(minor: int) -> Money:
            return Money(minor, wallet.currency)

        return cls(wallet, money(found.balance_minor), money(found.available_minor), money(found.held_minor))

    def with_available(self, refusal: Refusal) -> Refusal:
        """A refusal for lack of money, with the available amount; any other unchanged."""
        if refusal.code != "insufficient_funds":
            return refusal
        return FieldRefusal(refusal.code, NOT_ENOUGH, refusal.field, available=self.available)


async def own_wallet_view(session: AsyncSession, known: Known, wallet_id: UUID) -> WalletView:
    """Raises `NotFound` for another user's wallet."""
    wallet = await wallet_of_user(session, known.visitor.user_id, wallet_id)
    return WalletView.of(wallet, await balance(await session.connection(), wallet.account_id))


async def currency_of(known: Known, wallet_id: UUID) -> str:
    """The currency of the visitor's wallet. Raises `NotFound` as `own_wallet_view`."""
    async with known.visit.transaction() as session:
        return (await wallet_of_user(session, known.visitor.user_id, wallet_id)).currency


def wallet_id_of(fields: dict[str, str], name: str) -> UUID:
    """The typed address of a wallet. Raises `Malformed` missing_field, `NotFound` unknown_wallet."""
    typed = text_of(fields, name, 64)
    try:
        return UUID(typed)
    except ValueError:
        raise unknown_wallet(name) from None


def read_movement(
    language: Language, fields: dict[str, str], currency: str, other_side: str
) -> tuple[UUID, Money, str]:
    """The other wallet, the amount and its purpose, from a form that sends or asks for money.

    Raises the refusals of all three at once.
    """
    read = read_all(
        other=lambda: wallet_id_of(fields, other_side),
        money=lambda: read_money(language, fields["amount"], currency),
        details=lambda: optional_line(fields, "details", MAX_DETAILS),
    )
    return read["other"], read["money"], read["details"]
