"""Money in suspense: what leaves it for a wallet, or for the outside, with the row that says so."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from domain.gateways import GatewayId
from domain.incoming_transfers import IncomingState, outside_account, suspense_account
from domain.keys import incoming_key, resolution_key
from ledger.accounts import open_named, shard
from ledger.commands import Post
from store.chain.incoming_transfers import IncomingTransfer
from store.payments.books import SHARDS
from store.wallets.funding import note_value_times
from store.wallets.posting import post_checked
from store.wallets.resolutions import Resolution
from store.wallets.wallets import Wallet


def returnable(incoming: IncomingTransfer) -> bool:
    """What came on a chain has no sender to return it to: the address may be an exchange's."""
    return incoming.gateway == GatewayId.BANK_TRANSFER


async def book_assignment(session: AsyncSession, incoming: IncomingTransfer, resolution: Resolution) -> None:
    """Credits the wallet that a locked, unmatched transfer turned out to be for.

    Raises `Conflict` balance_limit, wallet_closed.
    """
    wallet = await session.get_one(Wallet, resolution.wallet_id)
    suspense, _ = await _sides(session, incoming)
    await post_checked(session, _post(incoming, resolution, suspense, wallet.account_id))
    # As if it had been credited when it came: in time for a deal if it was paid in time.
    await note_value_times(session, [(wallet.account_id, incoming.valued_at, incoming.amount_minor)])
    incoming.state, incoming.wallet_id = IncomingState.ASSIGNED, wallet.id
    incoming.top_up_id = resolution.top_up_id
    await session.flush()


async def book_return(session: AsyncSession, incoming: IncomingTransfer, resolution: Resolution) -> None:
    """The bank has returned a locked, unmatched transfer to its sender."""
    suspense, outside = await _sides(session, incoming)
    await post_checked(session, _post(incoming, resolution, suspense, outside))
    incoming.state = IncomingState.RETURNED
    await session.flush()


def _post(incoming: IncomingTransfer, resolution: Resolution, debit: int, credit: int) -> Post:
    key = resolution_key(str(resolution.id))
    return Post(key, debit, credit, incoming.amount_minor, incoming.currency, str(incoming.id))


async def _sides(session: AsyncSession, incoming: IncomingTransfer) -> tuple[int, int]:
    """The ledger accounts between which it was booked when it came: suspense, and the outside."""
    key = incoming_key(incoming.gateway, incoming.external_id)
    outside = outside_account(GatewayId(incoming.gateway), incoming.source, incoming.currency)
    named = [shard(code, SHARDS, key) for code in (suspense_account(incoming.currency), outside)]
    first, second = await open_named(await session.connection(), named, incoming.currency)
    return first, second
