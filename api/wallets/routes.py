from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Response
from sqlalchemy.ext.asyncio import AsyncSession

from api.dependencies import ServicesOfApp, WalletActor, WalletReader
from api.fields import After, IdInPath, Limit
from api.refusals import LISTS, READS, WRITES
from api.wallets.schemas import WalletIn, WalletLineOut, WalletOut, WalletsOut
from api.writes import Write
from edge.documents import refusing
from edge.wire import MAX_INTEGER
from fronts.paging import PAGE_SIZE
from fronts.writes import shown
from ledger import history
from market import wallets
from market.actor import only_oneself
from store.operations.settled import settled
from store.people.users import user_of
from store.wallets.wallets import Wallet, wallet_of, wallets_after, wallets_of

router = APIRouter(tags=["wallets"])

Before = Annotated[int | None, Query(ge=1, le=MAX_INTEGER, description="`next` of the page before.")]


@router.post(
    "/users/{user_id}/wallets",
    summary="Open a wallet",
    status_code=201,
    response_model=WalletOut,
    responses=refusing(WRITES, {404: "unknown_user", 409: "wallet_exists", 422: "unknown_currency"}),
)
async def open_wallet(user_id: IdInPath, body: WalletIn, caller: WalletActor, write: Write) -> Response:
    """Opens an empty wallet of the user, one per currency."""
    act = partial(wallets.open_wallet, actor=caller, user_id=user_id, currency=body.currency)
    return await write.answer(caller, body, shown(201, act, _shown))


@router.get(
    "/users/{user_id}/wallets", summary="List a user's wallets", responses=refusing(READS, {404: "unknown_user"})
)
async def list_user_wallets(user_id: IdInPath, caller: WalletReader, services: ServicesOfApp) -> WalletsOut:
    """All wallets of the user: a handful, in one page."""
    only_oneself(caller, user_id)
    async with services.database.transaction() as session:
        user = await user_of(session, caller.marketplace_id, user_id)
        found = await wallets_of(session, user.id)
    return WalletsOut(items=[WalletLineOut.of(wallet) for wallet in found], next=None)


@router.get("/wallets", summary="List wallets", responses=LISTS)
async def list_wallets(
    caller: WalletReader, services: ServicesOfApp, after: After = None, limit: Limit = PAGE_SIZE
) -> WalletsOut:
    """The wallets of the marketplace's users, oldest first; a client sees their own."""
    until = await settled(services.database)
    async with services.replica.snapshot() as session:
        found = await wallets_after(session, caller.marketplace_id, after, limit + 1, until, owner=caller.user_id)
    return WalletsOut.of(found, limit, WalletLineOut.of)


@router.get(
    "/wallets/{wallet_id}",
    summary="Get a wallet with its operations",
    responses=refusing(READS, {404: "unknown_wallet"}),
)
async def get_wallet(
    wallet_id: IdInPath, caller: WalletReader, services: ServicesOfApp, before: Before = None, limit: Limit = PAGE_SIZE
) -> WalletOut:
    """The wallet with its operations, the newest first; balance and operations are of one moment."""
    async with services.database.transaction() as session:
        wallet = await wallet_of(session, caller.marketplace_id, wallet_id, owner=caller.user_id)
        return await _shown(session, wallet, before, limit)


async def _shown(session: AsyncSession, wallet: Wallet, before: int | None = None, limit: int = PAGE_SIZE) -> WalletOut:
    found = await history(await session.connection(), wallet.account_id, before=before, limit=limit)
    return WalletOut.of(wallet, found)
