"""Asking another wallet's owner for money, and answering such requests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from domain.errors import Malformed, Refusal
from domain.payment_requests import RequestState
from fronts.paging import PAGE_SIZE, page
from market import payment_requests
from market.actor import Actor
from market.acts import Outcome
from pages.acts import act, done
from pages.amounts import Amount
from pages.forms import Form, simple
from pages.holds import Older
from pages.turns import act_in_turn, turns_taken
from pages.visit import Client, Known
from pages.wallet_view import Details, WalletId, currency_of, own_wallet_view
from store.wallets.payment_requests import PaymentRequest, request_of, requests_of
from store.wallets.wallets import names_of_owners, wallets_of
from texts.languages import message

router = APIRouter()

STATES: Final = {
    RequestState.ASKED: message("Waiting for an answer"),
    RequestState.CONFIRMED: message("Paid"),
    RequestState.DECLINED: message("Declined"),
    RequestState.WITHDRAWN: message("Retracted"),
    RequestState.EXPIRED: message("Not answered in time"),
}
DAYS: Final = {"1": message("A day"), "7": message("A week"), "30": message("A month")}
Decide = Callable[[AsyncSession, Actor, UUID], Awaitable[Outcome[PaymentRequest]]]
DECISIONS: Final[dict[str, tuple[Decide, bool]]] = {
    "confirmation": (payment_requests.confirm, False),
    "decline": (payment_requests.decline, False),
    "retraction": (payment_requests.retract, True),
}
"""Each with whether it is the payee's."""


def _days(typed: str) -> timedelta:
    if typed not in DAYS:
        raise Malformed("bad_deadline", "Please choose how long it can be answered.")
    return timedelta(days=int(typed))


class RequestForm(Form):
    payer: Annotated[WalletId, Field(alias="from")]
    amount: Amount
    details: Details
    days: Annotated[timedelta, simple(_days)]
    number: str


@router.get("/my/wallets/{wallet_id}/requests")
async def wallet_requests(known: Client, wallet_id: UUID, after: Older = None) -> Response:
    """Requests in which the wallet pays or is paid, the newest first."""
    return await _page(known, wallet_id, {}, after=after)


@router.post("/my/wallets/{wallet_id}/requests")
async def ask(known: Client, wallet_id: UUID) -> Response:
    """`number` is how many requests were made for the wallet before: a form sent twice asks once."""
    fields = await known.visit.form(*RequestForm.names())
    try:
        currency = await currency_of(known, wallet_id)
        typed = RequestForm.read(fields, language=known.visit.language, currency=currency)
        ask_payer = partial(
            payment_requests.ask,
            actor=known.visitor.actor,
            payee_wallet_id=wallet_id,
            payer_wallet_id=typed.payer,
            money=typed.amount,
            details=typed.details,
            expires_in=typed.days,
        )
        await act_in_turn(known, _turns(wallet_id), fields, done(ask_payer))
    except Refusal as refusal:
        return await _page(known, wallet_id, fields, refusal)
    return known.visit.to(f"/my/wallets/{wallet_id}/requests")


@router.post("/my/payment-requests/{request_id}/{decision}")
async def answer(known: Client, request_id: UUID, decision: str) -> Response:
    """The payer confirms or declines, the payee retracts; repeating the same answer changes nothing."""
    await known.visit.form()
    async with known.visit.transaction() as session:
        request = await request_of(session, known.visitor.marketplace_id, request_id, party=known.visitor.user_id)
        own = {wallet.id for wallet in await wallets_of(session, known.visitor.user_id)}
    if decision not in DECISIONS:
        raise Malformed("unknown_field", "The form has a field that was not asked for.")
    decide, payee = DECISIONS[decision]
    sides = (request.payee_wallet_id, request.payer_wallet_id)
    here = next(side for side in (sides if payee else reversed(sides)) if side in own)

    work = done(lambda session: decide(session, known.visitor.actor, request_id))
    try:
        await act(known, f"{decision}-request/{request_id}", {}, work)
    except Refusal as refusal:
        refusal.field = None  # of the request in the list, and not of the form beside it
        return await _page(known, here, {}, refusal)
    return known.visit.to(f"/my/wallets/{here}/requests")


def _turns(wallet_id: UUID) -> str:
    return f"ask/{wallet_id}"


async def _page(
    known: Known,
    wallet_id: UUID,
    fields: dict[str, str],
    refusal: Refusal | None = None,
    after: UUID | None = None,
) -> Response:
    async with known.visit.transaction() as session:
        wallet_view = await own_wallet_view(session, known, wallet_id)
        found = await requests_of(session, wallet_view.wallet.id, after, PAGE_SIZE + 1, until=None)
        names = await names_of_owners(session, {one.payee_wallet_id for one in found})
        number = await turns_taken(session, known, _turns(wallet_id))
    shown, last = page(found, PAGE_SIZE)
    renamed = {"from_wallet_id": "from", "to_wallet_id": "from", "amount.currency": "from"}
    return known.visit.page(
        "payment_requests/own.html",
        wallet_view=wallet_view,
        requests=shown,
        names=names,
        states=STATES,
        days=[(days, known.visit.language.say(words)) for days, words in DAYS.items()],
        older=None if last is None else last.id,
        number=number,
        fields={"days": "7", **fields},
        refusal=wallet_view.with_available(refusal),
        renamed=renamed,
    )
