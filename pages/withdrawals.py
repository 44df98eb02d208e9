"""Withdrawing money from a wallet to one's own bank account or to an address: the amount, the code, and the result."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.sse import EventSourceResponse, ServerSentEvent
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from domain.codes import MAX_CODES, MAX_TRIES
from domain.errors import NotFound, Refusal
from domain.withdrawals import AddressTerms, WithdrawalState
from edge.codes import normalise
from fronts.paging import PAGE_SIZE, page
from market import withdrawals
from pages.acts import act, done, name_of_try
from pages.amounts import Amount
from pages.forms import Form, simple
from pages.holds import Older
from pages.live import Look, Room, Seen, news
from pages.turns import act_in_turn, turns_taken
from pages.visit import Client, Known
from pages.wallet_view import currency_of, own_wallet_view
from pages.words import Live
from store import clock
from store.banks.accounts import accounts_of
from store.people.users import user_of
from store.wallets.withdrawals import Withdrawal, withdrawal_of, withdrawals_of
from texts.languages import message

router = APIRouter()

STATES: Final = {
    WithdrawalState.AWAITING_CODE: message("Waiting for the code"),
    WithdrawalState.AWAITING_APPROVAL: message("Being checked"),
    WithdrawalState.PAYING: message("On its way"),
    WithdrawalState.AWAITING_FUNDS: message("Taking longer; the money is safe"),
    WithdrawalState.PAID: message("Paid out"),
    WithdrawalState.DONE: message("Paid out"),
    WithdrawalState.RETURNED: message("Sent back by the bank"),
    WithdrawalState.REFUSED: message("Refused"),
    WithdrawalState.CANCELLED: message("Cancelled"),
    WithdrawalState.EXPIRED: message("No code came in time"),
}


def _account_id(typed: str) -> UUID:
    try:
        return UUID(typed)
    except ValueError:
        raise NotFound("unknown_account", "Please choose one of your accounts.") from None


class WithdrawalForm(Form):
    account: Annotated[UUID, simple(_account_id)]
    amount: Amount
    number: str


class AddressForm(Form):
    address: str
    amount: Amount
    number: str


@router.get("/my/wallets/{wallet_id}/withdrawals")
async def wallet_withdrawals(known: Client, wallet_id: UUID, after: Older = None) -> Response:
    """The newest first."""
    return await _all(known, wallet_id, {}, after=after)


@router.post("/my/wallets/{wallet_id}/withdrawals")
async def begin(known: Client, wallet_id: UUID) -> Response:
    """`number` is how many withdrawals were begun before: a form sent twice begins one."""
    fields = await known.visit.form(*WithdrawalForm.names())
    try:
        currency = await currency_of(known, wallet_id)
        typed = WithdrawalForm.read(fields, language=known.visit.language, currency=currency)
        begin_one = partial(withdrawals.begin, account_id=typed.account, money=typed.amount)
        return await _begun(known, wallet_id, fields, begin_one)
    except Refusal as refusal:
        return await _all(known, wallet_id, fields, refusal)


@router.post("/my/wallets/{wallet_id}/withdrawals/address")
async def begin_to_address(known: Client, wallet_id: UUID) -> Response:
    """To an address on TRON; `number` as above."""
    fields = await known.visit.form(*AddressForm.names())
    try:
        currency = await currency_of(known, wallet_id)
        typed = AddressForm.read(fields, language=known.visit.language, currency=currency)
        terms = known.visit.services.settings.address_terms
        begin_one = partial(withdrawals.begin_to_address, address=typed.address, money=typed.amount, terms=terms)
        return await _begun(known, wallet_id, fields, begin_one)
    except Refusal as refusal:
        return await _all(known, wallet_id, fields, refusal)


async def _begun(known: Known, wallet_id: UUID, fields: dict[str, str], begin_one: Callable[..., Any]) -> Response:
    services = known.visit.services
    act_once = partial(
        begin_one,
        actor=known.visitor.actor,
        wallet_id=wallet_id,
        sealer=services.sealer,
        pepper=services.settings.pepper_bytes,
    )
    work = done(act_once, lambda withdrawal: {"withdrawal_id": str(withdrawal.id)})
    answer = await act_in_turn(known, _turns(wallet_id), fields, work)
    return known.visit.to(f"/my/withdrawals/{answer.body['withdrawal_id']}")


@router.get("/my/withdrawals/{withdrawal_id}")
async def one_withdrawal(known: Client, withdrawal_id: UUID) -> Response:
    """The code, then the bank's answer: one address for all stages of a withdrawal."""
    return await _one(known, withdrawal_id)


@router.post("/my/withdrawals/{withdrawal_id}/code")
async def enter_code(known: Client, withdrawal_id: UUID) -> Response:
    """Each form is a try, counted before anything is compared."""
    fields = await known.visit.form("code", "key")
    services, visitor = known.visit.services, known.visitor
    key = name_of_try(known, "withdrawal-code", fields)
    actor, attempt = visitor.actor, withdrawals.Try(withdrawal_id, visitor.caller, key)
    pepper = services.settings.pepper_bytes
    try:
        code = normalise(fields["code"])
        await services.database.run(partial(withdrawals.count_try, actor=actor, attempt=attempt))
        confirm = partial(withdrawals.confirm, actor=actor, attempt=attempt, code=code, pepper=pepper)
        await act(known, key, fields, done(confirm))
    except Refusal as refusal:
        # confirmed or cancelled in another tab: the page shows the state
        if refusal.code != "withdrawal_ended":
            return await _one(known, withdrawal_id, refusal)
    return known.visit.to(f"/my/withdrawals/{withdrawal_id}")


@router.post("/my/withdrawals/{withdrawal_id}/another-code")
async def another_code(known: Client, withdrawal_id: UUID) -> Response:
    fields = await known.visit.form("number")
    sealer, pepper = known.visit.services.sealer, known.visit.services.settings.pepper_bytes
    work = done(lambda session: withdrawals.send_code(session, known.visitor.actor, withdrawal_id, sealer, pepper))
    try:
        await act(known, f"another-withdrawal-code/{withdrawal_id}/{fields['number'][:10]}", fields, work)
    except Refusal as refusal:
        return await _one(known, withdrawal_id, refusal)
    return known.visit.to(f"/my/withdrawals/{withdrawal_id}")


@router.post("/my/withdrawals/{withdrawal_id}/cancellation")
async def cancel(known: Client, withdrawal_id: UUID) -> Response:
    await known.visit.form()
    work = done(lambda session: withdrawals.cancel(session, known.visitor.actor, withdrawal_id))
    try:
        await act(known, f"cancel-withdrawal/{withdrawal_id}", {}, work)
    except Refusal as refusal:
        return await _one(known, withdrawal_id, refusal)
    return known.visit.to(f"/my/withdrawals/{withdrawal_id}")


async def _look(known: Client, withdrawal_id: UUID) -> Look:
    async def look() -> str:
        async with known.visit.transaction() as session:
            return _version(await _own(session, known, withdrawal_id))

    await look()  # another user's withdrawal is refused before the stream begins
    return look


@router.get("/my/withdrawals/{withdrawal_id}/live", response_class=EventSourceResponse, dependencies=[Room])
async def live(look: Annotated[Look, Depends(_look)], seen: Seen = "") -> AsyncIterator[ServerSentEvent]:
    async for event in news(look, seen):
        yield event


def _terms(known: Known, currency: str) -> AddressTerms | None:
    """None where nothing of this currency goes to an address."""
    terms = known.visit.services.settings.address_terms
    return terms if terms is not None and terms.minimum.currency == currency else None


def _turns(wallet_id: UUID) -> str:
    return f"withdrawal/{wallet_id}"


async def _own(session: AsyncSession, known: Known, withdrawal_id: UUID) -> Withdrawal:
    return await withdrawal_of(session, known.visitor.marketplace_id, withdrawal_id, owner=known.visitor.user_id)


def _version(withdrawal: Withdrawal) -> str:
    return f"{withdrawal.state}-{'flagged' if withdrawal.flagged_at else ''}"


async def _one(known: Known, withdrawal_id: UUID, refusal: Refusal | None = None) -> Response:
    async with known.visit.transaction() as session:
        withdrawal = await _own(session, known, withdrawal_id)
        code = await withdrawals.newest_code(session, withdrawal)
        owner = await user_of(session, known.visitor.marketplace_id, known.visitor.user_id)
        now = await clock.now(session, withdrawal.id)
    state, codes = WithdrawalState(withdrawal.state), 0 if code is None else code.number
    moves = state in (WithdrawalState.AWAITING_APPROVAL, WithdrawalState.PAYING, WithdrawalState.AWAITING_FUNDS)
    return known.visit.page(
        "withdrawals/withdrawal.html",
        withdrawal=withdrawal,
        state=state.value,
        codes=codes,
        more_codes=codes < MAX_CODES,
        mailbox=owner.email,
        now=now,
        expires_at=None if code is None else code.expires_at,
        tries_left=MAX_TRIES - (0 if code is None else code.tries),
        refusal=refusal,
        live=Live(
            f"/my/withdrawals/{withdrawal.id}/live",
            _version(withdrawal),
            moves,
        ),
    )


async def _all(
    known: Known,
    wallet_id: UUID,
    fields: dict[str, str],
    refusal: Refusal | None = None,
    after: UUID | None = None,
) -> Response:
    async with known.visit.transaction() as session:
        wallet_view = await own_wallet_view(session, known, wallet_id)
        found = await withdrawals_of(session, wallet_view.wallet.id, after, PAGE_SIZE + 1, until=None)
        accounts = await accounts_of(session, known.visitor.user_id)
        number = await turns_taken(session, known, _turns(wallet_id))
    shown, last = page(found, PAGE_SIZE)
    fitting = [one for one in accounts if one.currency == wallet_view.wallet.currency and one.confirmed_at is not None]
    return known.visit.page(
        "withdrawals/own.html",
        wallet_view=wallet_view,
        withdrawals=shown,
        states=STATES,
        accounts=[(account.id, account.number) for account in fitting],
        older=None if last is None else last.id,
        number=number,
        fields=fields,
        refusal=wallet_view.with_available(refusal),
        terms=_terms(known, wallet_view.wallet.currency),
        renamed={"account_id": "account"},
    )
