"""Paying: the checkout, the code, and the result of the payment."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.sse import EventSourceResponse, ServerSentEvent
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from domain.codes import MAX_CODES, MAX_TRIES
from domain.deals import OPEN, DealState
from domain.errors import NotFound, Refusal
from domain.payments import PaymentState
from edge.codes import normalise
from fronts.writes import Reply, replied
from market import payments
from market.codes import Submission, request_code, submit_code
from market.verdicts import COUNTED, inspecting
from pages.acts import act, done
from pages.errors import FormError
from pages.forms import Count, Form, simple
from pages.live import Look, Room, Seen, news
from pages.progress import Progress
from pages.visit import Known, Payer
from pages.words import BANK_IS_BUSY, DELAYED_BY_BANK, WAITING, Live, refusal_words
from store import clock
from store.deals.deals import Deal, deal_of
from store.payments.codes import Attempt, attempts_of, codes_of
from store.payments.payments import Payment, payment_of_payer, payments_of
from store.people.users import user_of
from texts.languages import message

router = APIRouter()

PAID: Final = frozenset(COUNTED)
MOVING_ON: Final = frozenset({PaymentState.HELD, PaymentState.RELEASING})
WRONG_CODE: Final = message("This code was not right. Please compare it with the mail.")


class CodeForm(Form):
    """`number` is how many codes were entered before."""

    code: Annotated[str, simple(normalise)]
    number: Count


class AnotherCode(Form):
    """`number` is how many codes were mailed before."""

    number: Count


@router.get("/payments/{payment_id}")
async def one_payment(known: Payer, payment_id: UUID) -> Response:
    """The code, then "is being processed", then the result: one address for all stages of a payment."""
    return await _page(known, payment_id)


@router.post("/payments/{payment_id}/code")
async def enter_code(known: Payer, payment_id: UUID) -> Response:
    """Stores a code with its time; the bank is asked afterwards. `number` is how many were entered before."""
    fields = await known.visit.form(*CodeForm.names())
    sealer, actor = known.visit.services.sealer, known.visitor.actor
    try:
        typed = CodeForm.read(fields)
        submit = partial(
            submit_code,
            actor=actor,
            payment_id=payment_id,
            code=typed.code,
            sealer=sealer,
            attempts_shown=typed.number,
        )
        answer = await act(known, f"code/{payment_id}/{typed.number}", fields, replied(submit, _or_late))
    except Refusal as refusal:
        return await _page(known, payment_id, refusal)
    if answer.status == 409:
        return await _page(known, payment_id, late=str(answer.body["detail"]))
    return known.visit.to(f"/payments/{payment_id}")


async def _or_late(session: AsyncSession, stored: Submission) -> Reply:
    # An answer and not an exception: the late attempt is kept.
    return (202, {}) if stored.late is None else (409, {"detail": stored.late.detail})


@router.post("/payments/{payment_id}/another-code")
async def another_code(known: Payer, payment_id: UUID) -> Response:
    fields, actor = await known.visit.form(*AnotherCode.names()), known.visitor.actor
    try:
        shown = AnotherCode.read(fields).number
        work = done(lambda session: request_code(session, actor, payment_id, shown))
        await act(known, f"another-code/{payment_id}/{shown}", fields, work)
    except Refusal as refusal:
        return await _page(known, payment_id, refusal)
    return known.visit.to(f"/payments/{payment_id}")


@router.post("/payments/{payment_id}/cancellation")
async def cancel(known: Payer, payment_id: UUID) -> Response:
    await known.visit.form()
    work = done(lambda session: payments.cancel(session, known.visitor.actor, payment_id))
    try:
        await act(known, f"cancel/{payment_id}", {}, work)
    except Refusal as refusal:
        return await _page(known, payment_id, refusal)
    return known.visit.to(f"/payments/{payment_id}")


async def _look(known: Payer, payment_id: UUID) -> Look:
    async def look() -> str:
        async with known.visit.transaction() as session:
            payment = await _own(session, known, payment_id)
            return _version(payment, await deal_of(session, known.visitor.marketplace_id, payment.deal_id))

    await look()  # another user's payment is refused before the stream begins
    return look


@router.get("/payments/{payment_id}/live", response_class=EventSourceResponse, dependencies=[Room])
async def live(look: Annotated[Look, Depends(_look)], seen: Seen = "") -> AsyncIterator[ServerSentEvent]:
    async for event in news(look, seen):
        yield event


async def _own(session: AsyncSession, known: Known, payment_id: UUID) -> Payment:
    payment = await payment_of_payer(session, known.visitor.user_id, payment_id)
    if not known.visitor.may_see(payment.deal_id):
        raise NotFound("unknown_payment", "There is no such payment.")
    return payment


def _last_was_wrong(attempts: list[Attempt], code_number: int) -> bool:
    return bool(attempts) and attempts[-1].state == "rejected" and attempts[-1].code_number == code_number


def _version(payment: Payment, deal: Deal) -> str:
    return f"{payment.state}-{payment.events}-{deal.state}-{deal.events}"


async def _page(known: Known, payment_id: UUID, refusal: Refusal | None = None, late: str | None = None) -> Response:
    async with known.visit.transaction() as session:
        payment = await _own(session, known, payment_id)
        deal = await deal_of(session, known.visitor.marketplace_id, payment.deal_id)
        codes = await codes_of(session, payment.id)
        attempts = await attempts_of(session, payment.id)
        progress = Progress.of(deal, await payments_of(session, deal.id))
        payer = await user_of(session, deal.marketplace_id, deal.buyer_id)
        now = await clock.now(session, deal.id)
    state, say = PaymentState(payment.state), known.visit.language.say
    refused = refusal_words(payment)
    error = None if late is None else FormError(None, say(late))
    code = codes[-1] if codes else None  # what a deal takes from a wallet by its owner's leave has none
    if error is None and state is PaymentState.AWAITING_CODE and code and _last_was_wrong(attempts, code.number):
        error = FormError("code", say(WRONG_CODE))
    tried = sum(1 for attempt in attempts if code and attempt.code_number == code.number)
    waits = state in WAITING or (state is PaymentState.AWAITING_CODE and code is not None and code.state == "requested")
    waits = waits and payment.delayed_until is None  # an hour perhaps: the page is notified when it ends
    # The whole price is there: the release follows at once, unless the buyer inspects first.
    waits = waits or (state in MOVING_ON and not progress.left.minor and not inspecting(deal))
    return known.visit.page(
        "payments/payment.html",
        200 if late is None else 409,
        payment=payment,
        deal=deal,
        state=state.value,
        paid=state in PAID,
        is_open=DealState(deal.state) in OPEN,
        code=code,
        codes=len(codes),
        more_codes=len(codes) < MAX_CODES,
        tries_left=max(0, MAX_TRIES - tried),
        mailbox=payer.email if payment.from_wallet else None,
        now=now,
        left=progress.left,
        pays_on=DealState(deal.state) in OPEN and now <= deal.pay_by and progress.free.minor > 0,
        attempts=len(attempts),
        refused=None if refused is None else say(refused),
        delay=None if payment.delay_reason is None else DELAYED_BY_BANK.get(payment.delay_reason, BANK_IS_BUSY),
        error=error,
        refusal=refusal,
        live=Live(f"/payments/{payment.id}/live", _version(payment, deal), waits),
    )
