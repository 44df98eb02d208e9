"""Sending money from one's own wallet to another one: at once, for good, and once."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from domain.errors import Refusal
from fronts.writes import Written
from pages.errors import form_error
from pages.turns import act_in_turn, turns_taken
from pages.visit import Client, Known
from pages.wallet_view import own_wallet_view, read_movement
from store.idempotency import names_of_movement
from store.movements import Transfer, carry_out
from store.wallets import wallet_of_user

router = APIRouter()


@router.get("/my/wallets/{wallet_id}/transfer")
async def fill_in(known: Client, wallet_id: UUID) -> Response:
    return await _page(known, wallet_id, {})


@router.post("/my/wallets/{wallet_id}/transfer")
async def send(known: Client, wallet_id: UUID) -> Response:
    """`number` is how many transfers were sent from the wallet before: a form that comes twice is one transfer."""
    fields = await known.visit.form("to", "amount", "details", "number")

    async def work(session: AsyncSession) -> Written:
        wallet = await wallet_of_user(session, known.visitor.user_id, wallet_id)
        to_wallet, money, details = read_movement(known.visit.language, fields, wallet.currency, "to")
        order = Transfer(
            caller=known.visitor.caller,
            key=f"{_turns(wallet_id)}/{fields['number']}",
            marketplace_id=known.visitor.marketplace_id,
            from_wallet=wallet.id,
            to_wallet=to_wallet,
            money=money,
            details=details,
            owner=known.visitor.user_id,
        )
        [result] = await carry_out(await session.connection(), [order])
        if isinstance(result, Refusal):
            raise result
        return Written(201, {"operation_id": str(result.operation_id)}, names_of_movement(result))

    try:
        await act_in_turn(known, _turns(wallet_id), fields, work)
    except Refusal as refusal:
        return await _page(known, wallet_id, fields, refusal)
    return known.visit.to(f"/my/wallets/{wallet_id}")


def _turns(wallet_id: UUID) -> str:
    return f"transfer/{wallet_id}"


async def _page(known: Known, wallet_id: UUID, fields: dict[str, str], refusal: Refusal | None = None) -> Response:
    async with known.visit.transaction() as session:
        wallet_view = await own_wallet_view(session, known, wallet_id)
        number = await turns_taken(session, known, _turns(wallet_id))
    return known.visit.page(
        "transfers/transfer.html",
        200 if refusal is None else refusal.status,
        wallet_view=wallet_view,
        number=number,
        fields=fields,
        error=None
        if refusal is None
        else form_error(known.visit, wallet_view.told(refusal), to_wallet_id="to", amount_currency="to"),
    )
