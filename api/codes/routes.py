from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from api.codes.schemas import AttemptOut, CodeIn, CodeOut, LateProblem
from api.dependencies import RequiresTenant, ServicesOfApp, Tenant, only_party
from api.fields import Empty, IdInPath
from api.payments.schemas import PaymentOut
from api.payments.views import show
from api.signals import Signal
from api.writes import Written
from domain.payments import AttemptState, too_late
from domain.roles import Scope
from edge.codes import normalise
from edge.idempotency import IdempotencyKey, problem_body
from edge.problem import MEDIA_TYPE, problems
from edge.wire import Wire, utc
from store.codes import Attempt, request_code, submit_code
from store.deals import Deal, deal_of
from store.payments import lock_with_deal, payment_of

router = APIRouter(tags=["codes"])

Actor = Annotated[Tenant, Depends(RequiresTenant(scope=Scope.PAYMENTS, client=True))]

_WRITES = problems(401, 403, 404, 409, 413, 422, 503)
_CODES = problems(401, 403, 404, 409, 413, 422, 429, 503)


class CodeRequestedOut(Wire):
    payment: PaymentOut
    code: CodeOut


class SubmittedOut(Wire):
    """The code is with the bank. Ask for the payment until it is no longer processing."""

    status: Literal["processing"] = "processing"
    payment: PaymentOut
    attempt: AttemptOut


def _or_late() -> dict[int | str, dict[str, Any]]:
    """Every refusal of a submitted code; 409 may be a `LateProblem`."""
    refusals: dict[int | str, dict[str, Any]] = dict(_CODES)
    schema = {"anyOf": [{"$ref": "#/components/schemas/Problem"}, LateProblem.model_json_schema()]}
    refusals[409] = refusals[409] | {"content": {MEDIA_TYPE: {"schema": schema}}}
    return refusals


@router.post("/payments/{payment_id}/codes", status_code=202, response_model=CodeRequestedOut, responses=_WRITES)
async def ask_for_code(
    request: Request,
    payment_id: IdInPath,
    body: Empty,
    key: IdempotencyKey,
    caller: Actor,
    services: ServicesOfApp,
) -> Response:
    """Asks the payer's bank to mail another code; the code before it dies. At most three per payment."""

    async def work(session: AsyncSession) -> Written:
        await payment_of(session, caller.marketplace_id, payment_id, party=caller.user_id)
        deal, payment = await lock_with_deal(session, payment_id)
        only_party(caller, deal.buyer_id)
        code = await request_code(session, payment)
        answer = CodeRequestedOut(payment=await show(session, payment), code=CodeOut.of(code))
        return Written.of(202, answer, code, Signal(deal, payment))

    return await services.writes.answer(request, caller.name, key, body, work)


@router.post("/payments/{payment_id}/code-attempts", status_code=202, response_model=SubmittedOut, responses=_or_late())
async def submit(
    request: Request,
    payment_id: IdInPath,
    body: CodeIn,
    key: IdempotencyKey,
    caller: Actor,
    services: ServicesOfApp,
) -> Response:
    """Submits the code that the payer got. In time means stored at or before the deal's `pay_by`.

    The answer does not wait for the bank. While too many codes of this payer, account or marketplace were wrong lately,
    429: then nothing is stored, and the code may come again.
    """
    typed = normalise(body.code)

    async def work(session: AsyncSession) -> Written:
        payment = await payment_of(session, caller.marketplace_id, payment_id, party=caller.user_id)
        only_party(caller, (await deal_of(session, caller.marketplace_id, payment.deal_id)).buyer_id)
        attempt = await submit_code(
            session, services.sealer, deal_id=payment.deal_id, payment_id=payment_id, code=typed
        )
        deal = await deal_of(session, caller.marketplace_id, payment.deal_id)
        if attempt.state == AttemptState.LATE:
            return Written(
                409, _late(deal, attempt), attempt
            )  # an answer and not an exception: the late attempt is kept
        answer = SubmittedOut(payment=await show(session, payment), attempt=AttemptOut.of(attempt))
        return Written.of(202, answer, attempt, Signal(deal, payment))

    return await services.writes.answer(request, caller.name, key, body, work)


def _late(deal: Deal, attempt: Attempt) -> dict[str, object]:
    times = {"submitted_at": utc(attempt.submitted_at), "pay_by": utc(deal.pay_by)}
    return problem_body(too_late(attempt.submitted_at, deal.pay_by)) | times
