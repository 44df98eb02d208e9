"""What all pages about one wallet show of it, and what their forms have in common."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.dependencies import Tenant
from domain.errors import Malformed
from domain.money import Money, parse_money
from ledger import Balance, balance
from pages.forms import amount_text, text_of
from pages.visit import Known
from store.wallets import Wallet, unknown_wallet, wallet_of_user


@dataclass(frozen=True, slots=True)
class Purse:
    """A wallet and what it holds: all of it, and what of that can be spent."""

    wallet: Wallet
    inside: Money
    available: Money
    held: Money

    @classmethod
    def of(cls, wallet: Wallet, found: Balance) -> Purse:
        def money(minor: int) -> Money:
            return Money(minor, wallet.currency)

        return cls(wallet, money(found.balance_minor), money(found.available_minor), money(found.held_minor))


async def own_purse(session: AsyncSession, known: Known, wallet_id: UUID) -> Purse:
    """Raises `NotFound` for a wallet that is not the visitor's."""
    wallet = await wallet_of_user(session, known.visitor.user_id, wallet_id)
    return Purse.of(wallet, await balance(await session.connection(), wallet.account_id))


def tenant_of(known: Known) -> Tenant:
    """The visitor as the rules know him: a client who acts for himself."""
    return Tenant(known.visitor.caller, known.visitor.marketplace_id, known.visitor.user_id)


def amount_of(fields: dict[str, str], currency: str) -> Money:
    """The field `amount`; raises `Malformed` missing_field, bad_amount."""
    return parse_money(amount_text(text_of(fields, "amount", 40)), currency)


def wallet_id_of(fields: dict[str, str], name: str) -> UUID:
    """The address of a wallet as it was typed; raises `Malformed` missing_field, `NotFound` unknown_wallet."""
    typed = text_of(fields, name, 64)
    try:
        return UUID(typed)
    except ValueError:
        raise unknown_wallet(name) from None


def details_of(fields: dict[str, str], most: int) -> str:
    """The field `details`, which may be empty; raises `Malformed` too_long."""
    if len(fields["details"]) > most:
        raise Malformed("too_long", "This is too long.", "details")
    return fields["details"]
