"""Where a payment comes from: an account of the buyer at a bank, or his wallet."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import Malformed
from store.accounts import Account, account_of
from store.deals import Deal
from store.wallets import Wallet, wallet_of_user


async def source_of(
    session: AsyncSession, deal: Deal, account_id: UUID | None, wallet_id: UUID | None
) -> Account | Wallet:
    """The buyer's account or wallet. Raises `Malformed` missing_field, invalid_field; `NotFound` unknown_account,
    unknown_wallet.
    """
    if account_id is not None:
        if wallet_id is not None:
            raise Malformed("invalid_field", "A payment comes from an account or from a wallet.", "wallet_id")
        return await account_of(session, deal.buyer_id, account_id)
    if wallet_id is None:
        raise Malformed("missing_field", "Name an account or a wallet.", "account_id")
    return await wallet_of_user(session, deal.buyer_id, wallet_id)
