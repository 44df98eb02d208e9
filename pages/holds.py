"""Holds in a client's wallet for others, and in others' wallets for the client."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from fronts.paging import PAGE_SIZE, page
from pages.visit import Client
from pages.wallet_view import own_wallet_view
from store.wallets.holds import HoldState, holds_of
from texts.languages import message

router = APIRouter()

STATES: Final = {
    HoldState.OPEN: message("Held"),
    HoldState.CAPTURED: message("Taken"),
    HoldState.VOIDED: message("Free again"),
    HoldState.EXPIRED: message("Free again: the hold expired"),
}
Older = Annotated[UUID | None, Query(description="Where the page before has ended.")]


@router.get("/my/wallets/{wallet_id}/holds")
async def wallet_holds(known: Client, wallet_id: UUID, after: Older = None) -> Response:
    """The newest first."""
    async with known.visit.transaction() as session:
        wallet_view = await own_wallet_view(session, known, wallet_id)
        found = await holds_of(session, wallet_view.wallet.id, after, PAGE_SIZE + 1, until=None)
    shown, last = page(found, PAGE_SIZE)
    return known.visit.page(
        "holds/own.html", wallet_view=wallet_view, holds=shown, older=None if last is None else last.id, states=STATES
    )
