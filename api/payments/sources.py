"""Where a payment comes from: an account of the buyer at a bank, or his wallet."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import Malformed
from store.accounts import Account, account_of
from store.deals import Deal
from store.wallets import Wallet, wallet_of_user


@dataclass(frozen=True, slots=True)
class Named:
    """What a request names as the source: one of the two. Raises `Malformed` missing_field, invalid_field."""

    account_id: UUID | None
    wallet_id: UUID | None

    def __post_init__(self) -> None:
        if self.account_id is None and self.wallet_id is None:
            raise Malformed("missing_field", "Name an account or a wallet.", "account_id")
        if self.account_id is not None and self.wallet_id is not None:
            raise Malformed("invalid_field", "A payment comes from an account or from a wallet.", "wallet_id")


async def source_of(session: AsyncSession, deal: Deal, named: Named) -> Account | Wallet:
    """The buyer's account or wallet. Raises `NotFound` unknown_account, unknown_wallet."""
    if named.account_id is not None:
        return await account_of(session, deal.buyer_id, named.account_id)
    assert named.wallet_id is not None
    return await wallet_of_user(session, deal.buyer_id, named.wallet_id)
