"""Holds in a client's wallet for others, and in others' wallets for the client."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from domain.errors import Refusal
from domain.holds import HoldState
from fronts.paging import PAGE_SIZE, page
from market import holds
from market.acts import Outcome, Work
from pages.acts import act, done
from pages.amounts import Amount
from pages.forms import Form
from pages.visit import Client, Known
from pages.wallet_view import own_wallet_view
from store.wallets.holds import Hold, hold_of, holds_of
from store.wallets.wallets import wallets_of
from texts.languages import message

router = APIRouter()

STATES: Final = {
    HoldState.OPEN: message("Held"),
    HoldState.CAPTURED: message("Taken"),
    HoldState.VOIDED: message("Free again"),
    HoldState.EXPIRED: message("Free again: the hold expired"),
}
Older = Annotated[UUID | None, Query(description="Where the page before has ended.")]


class CaptureForm(Form):
    amount: Amount


@router.get("/my/wallets/{wallet_id}/holds")
async def wallet_holds(known: Client, wallet_id: UUID, after: Older = None) -> Response:
    """The newest first."""
    return await _page(known, wallet_id, after=after)


@router.post("/my/holds/{hold_id}/capture")
async def capture(known: Client, hold_id: UUID) -> Response:
    """The payee takes all of it or a part, once; the rest is free again."""
    fields = await known.visit.form(*CaptureForm.names())

    async def captured(session: AsyncSession) -> Outcome[Hold]:
        hold = await hold_of(session, known.visitor.marketplace_id, hold_id, party=known.visitor.user_id)
        typed = CaptureForm.read(fields, language=known.visit.language, currency=hold.currency)
        return await holds.capture(session, known.visitor.actor, hold_id, typed.amount)

    return await _end(known, hold_id, "capture", fields, done(captured))


@router.post("/my/holds/{hold_id}/void")
async def void(known: Client, hold_id: UUID) -> Response:
    fields = await known.visit.form()
    return await _end(
        known, hold_id, "void", fields, done(lambda session: holds.void(session, known.visitor.actor, hold_id))
    )


async def _end(known: Known, hold_id: UUID, how: str, fields: dict[str, str], work: Work) -> Response:
    async with known.visit.transaction() as session:
        hold = await hold_of(session, known.visitor.marketplace_id, hold_id, party=known.visitor.user_id)
        own = {wallet.id for wallet in await wallets_of(session, known.visitor.user_id)}
    here = hold.to_wallet_id if hold.to_wallet_id in own else hold.from_wallet_id
    try:
        await act(known, f"{how}-hold/{hold_id}", fields, work)
    except Refusal as refusal:
        return await _page(known, here, {hold_id: fields}, refusal)
    return known.visit.to(f"/my/wallets/{here}/holds")


async def _page(
    known: Known,
    wallet_id: UUID,
    typed: Mapping[UUID, Mapping[str, str]] = MappingProxyType({}),
    refusal: Refusal | None = None,
    after: UUID | None = None,
) -> Response:
    """`typed`: what was sent in the form of a hold, and refused."""
    async with known.visit.transaction() as session:
        wallet_view = await own_wallet_view(session, known, wallet_id)
        found = await holds_of(session, wallet_view.wallet.id, after, PAGE_SIZE + 1, until=None)
    shown, last = page(found, PAGE_SIZE)
    return known.visit.page(
        "holds/own.html",
        wallet_view=wallet_view,
        holds=shown,
        older=None if last is None else last.id,
        states=STATES,
        typed=typed,
        refusal=refusal,
    )
