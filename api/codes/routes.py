from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Response
from sqlalchemy.ext.asyncio import AsyncSession

from api.codes.schemas import AttemptOut, CodeIn, CodeOut, LateProblem
from api.dependencies import RequiresTenant, Tenant
from api.fields import Empty, IdInPath
from api.payments.schemas import PaymentOut, payment_out
from api.payments.views import show
from api.refusals import LIMITED_WRITES, WRITES
from api.writes import Write
from domain.roles import Scope
from edge.codes import normalise
from edge.documents import refusing
from edge.idempotency import problem_body
from edge.problem import MEDIA_TYPE
from edge.wire import Wire, utc
from fronts.writes import Reply, replied, shown
from market import codes
from store.payments.codes import Code
from store.payments.payments import payment_of

router = APIRouter(tags=["codes"])

Actor = Annotated[Tenant, Depends(RequiresTenant(scope=Scope.PAYMENTS, client=True))]


class CodeRequestedOut(Wire):
    payment: PaymentOut
    code: CodeOut


class SubmittedOut(Wire):
    """The code is with the bank. Poll the payment until it is no longer processing."""

    status: Literal["processing"] = "processing"
    payment: PaymentOut
    attempt: AttemptOut


def _or_late() -> dict[int | str, dict[str, Any]]:
    """Every refusal of a submitted code; 409 may be a `LateProblem`."""
    refusals: dict[int | str, dict[str, Any]] = dict(LIMITED_WRITES)
    schema = {"anyOf": [LateProblem.model_json_schema(), {"$ref": "#/components/schemas/Problem"}]}
    refusals[409] = refusals[409] | {"content": {MEDIA_TYPE: {"schema": schema}}}
    return refusals


@router.post(
    "/payments/{payment_id}/codes",
    summary="Request another code for a payment",
    status_code=202,
    response_model=CodeRequestedOut,
    responses=refusing(
        WRITES,
        {
            403: "other_party",
            404: "unknown_payment",
            409: "payment_ended code_not_sent attempt_unresolved too_many_codes",
        },
    ),
)
async def request_code(payment_id: IdInPath, body: Empty, caller: Actor, write: Write) -> Response:
    """Asks the payer's bank to mail another code; the previous one no longer works. At most three per payment."""

    async def show_code(session: AsyncSession, code: Code) -> CodeRequestedOut:
        payment = await show(session, await payment_of(session, caller.marketplace_id, payment_id))
        return CodeRequestedOut(payment=payment, code=CodeOut.of(code))

    work = shown(202, lambda session: codes.request_code(session, caller, payment_id), show_code)
    return await write.answer(caller, body, work)


@router.post(
    "/payments/{payment_id}/code-attempts",
    summary="Submit a payment's code",
    status_code=202,
    response_model=SubmittedOut,
    responses=refusing(
        _or_late(),
        {
            403: "other_party",
            404: "unknown_payment",
            409: "payment_ended code_not_sent attempt_unresolved no_tries_left deadline_passed deal_closed",
            422: "bad_code",
            429: "too_many_wrong_codes",
        },
    ),
)
async def submit_code(payment_id: IdInPath, body: CodeIn, caller: Actor, write: Write) -> Response:
    """Submits the code that the payer got. In time means stored at or before the deal's `pay_by`.

    The answer does not wait for the bank. After too many wrong codes of this payer, account or marketplace it is 429:
    nothing is stored, and the same code may be sent again.
    """
    act = partial(
        codes.submit_code, actor=caller, payment_id=payment_id, code=normalise(body.code), sealer=write.services.sealer
    )

    async def reply(session: AsyncSession, stored: codes.Submission) -> Reply:
        if stored.late:  # an answer and not an exception: the late attempt is kept
            times = {"submitted_at": utc(stored.attempt.submitted_at), "pay_by": utc(stored.deal.pay_by)}
            return 409, problem_body(stored.late) | times
        payment = payment_out(stored.payment, stored.codes, stored.attempts)
        return 202, SubmittedOut(payment=payment, attempt=AttemptOut.of(stored.attempt))

    return await write.answer(caller, body, replied(act, reply))
