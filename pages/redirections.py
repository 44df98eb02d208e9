"""Refunds to a payer whose account is closed: the payer names another target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import Malformed
from domain.money import Money
from market.payments import Source
from market.refund_accounts import waiting_for_account
from pages.forms import simple
from pages.visit import Known
from store.banks.accounts import accounts_of
from store.deals.deals import Deal
from store.wallets.wallets import wallets_of


@dataclass(frozen=True, slots=True)
class Stranded:
    """A waiting amount: its payment, and the possible targets, as names of choices and their labels."""

    payment_id: UUID
    money: Money
    choices: list[tuple[str, str]]


async def stranded(session: AsyncSession, known: Known, deal: Deal) -> list[Stranded]:
    """The amounts of a deal that wait for another account of the visitor, if they are its buyer."""
    if deal.buyer_id != known.visitor.user_id:
        return []
    waiting = await waiting_for_account(session, deal.id)
    if not waiting:
        return []
    accounts, wallets = await accounts_of(session, deal.buyer_id), await wallets_of(session, deal.buyer_id)
    usable = [one for one in accounts if one.currency == deal.currency and one.confirmed_at is not None]
    choices = [(f"account/{one.id}", one.number) for one in usable]
    choices += [(f"wallet/{one.id}", one.number) for one in wallets if one.currency == deal.currency]
    return [Stranded(step.payment_id, Money(step.amount_minor, deal.currency), choices) for _, step in waiting]


def _source(choice: str) -> Source:
    kind, _, id_ = choice.partition("/")
    try:
        named = UUID(id_)
    except ValueError:
        raise Malformed("invalid_field", "Please choose an account or a wallet.") from None
    return Source(None, named) if kind == "wallet" else Source(named, None)


Chosen = Annotated[Source, simple(_source)]
"""The account or wallet that a choice names: `account/{id}`, `wallet/{id}`. Refuses invalid_field."""
