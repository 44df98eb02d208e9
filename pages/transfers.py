"""Sending money from one's own wallet to another: immediate, final, and once."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from domain.errors import Refusal
from market.wallets import move
from pages.acts import done
from pages.amounts import Amount
from pages.forms import Form
from pages.turns import act_in_turn, turns_taken
from pages.visit import Client, Known
from pages.wallet_view import Details, WalletId, currency_of, own_wallet_view
from store.wallets.movements import Transfer

router = APIRouter()


class TransferForm(Form):
    to: WalletId
    amount: Amount
    details: Details
    number: str


@router.get("/my/wallets/{wallet_id}/transfer")
async def fill_in(known: Client, wallet_id: UUID) -> Response:
    return await _page(known, wallet_id, {})


@router.post("/my/wallets/{wallet_id}/transfer")
async def send(known: Client, wallet_id: UUID) -> Response:
    """`number` is how many transfers were sent from the wallet before: a form sent twice is one transfer."""
    fields = await known.visit.form(*TransferForm.names())
    try:
        currency = await currency_of(known, wallet_id)
        typed = TransferForm.read(fields, language=known.visit.language, currency=currency)
        transfer = Transfer(
            caller=known.visitor.caller,
            key=f"{_turns(wallet_id)}/{typed.number}",
            marketplace_id=known.visitor.marketplace_id,
            from_wallet=wallet_id,
            to_wallet=typed.to,
            money=typed.amount,
            details=typed.details,
            owner=known.visitor.user_id,
        )
        await act_in_turn(known, _turns(wallet_id), fields, done(partial(move, movement=transfer)))
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
        wallet_view=wallet_view,
        number=number,
        fields=fields,
        refusal=wallet_view.with_available(refusal),
        renamed={"to_wallet_id": "to", "amount.currency": "to"},
    )
