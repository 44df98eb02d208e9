"""What is held in a client's wallet for others, and in others' wallets for him."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.fields import PAGE_SIZE, page
from pages.languages import message
from pages.purses import own_purse
from pages.visit import Client
from store.holds import HoldState, holds_of

router = APIRouter()

STATES: Final = {
    HoldState.OPEN: message("Held"),
    HoldState.CAPTURED: message("Taken"),
    HoldState.VOIDED: message("Free again"),
    HoldState.EXPIRED: message("Free again: the time was over"),
}
Older = Annotated[UUID | None, Query(description="Where the page before has ended.")]


@router.get("/my/wallets/{wallet_id}/holds")
async def wallet_holds(known: Client, wallet_id: UUID, after: Older = None) -> Response:
    """The newest first."""
    async with known.visit.transaction() as session:
        purse = await own_purse(session, known, wallet_id)
        found = await holds_of(session, purse.wallet.id, after, PAGE_SIZE + 1, until=None)
    shown, last = page(found, PAGE_SIZE)
    return known.visit.page(
        "holds/own.html", purse=purse, holds=shown, older=None if last is None else last.id, states=STATES
    )
