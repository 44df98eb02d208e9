"""Shared by all pages about one wallet, and by their forms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

from pydantic import AfterValidator, Field
from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import Refusal
from domain.limits import MAX_DETAILS
from domain.money import Money
from edge.characters import is_said
from edge.wire import Words
from ledger import Balance, balance
from pages.forms import FieldRefusal, missing, simple
from pages.visit import Known
from store.wallets.wallets import Wallet, unknown_wallet, wallet_of_user
from texts.languages import message

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

    def with_available(self, refusal: Refusal | None) -> Refusal | None:
        """A refusal for lack of money, with the available amount; any other unchanged."""
        if refusal is None or refusal.code != "insufficient_funds":
            return refusal
        return FieldRefusal.instead_of(refusal, NOT_ENOUGH, refusal.field, available=self.available)


async def own_wallet_view(session: AsyncSession, known: Known, wallet_id: UUID) -> WalletView:
    """Raises `NotFound` for another user's wallet."""
    wallet = await wallet_of_user(session, known.visitor.user_id, wallet_id)
    return WalletView.of(wallet, await balance(await session.connection(), wallet.account_id))


async def currency_of(known: Known, wallet_id: UUID) -> str:
    """The currency of the visitor's wallet. Raises `NotFound` as `own_wallet_view`."""
    async with known.visit.transaction() as session:
        return (await wallet_of_user(session, known.visitor.user_id, wallet_id)).currency


def _wallet_id(typed: str) -> UUID:
    if not is_said(typed):
        raise missing()
    try:
        return UUID(typed)
    except ValueError:
        raise unknown_wallet() from None


WalletId = Annotated[UUID, simple(_wallet_id)]
"""The address of a wallet as it was typed. Refuses missing_field, unknown_wallet."""
Details = Annotated[Words, Field(max_length=MAX_DETAILS), AfterValidator(lambda typed: typed if is_said(typed) else "")]
