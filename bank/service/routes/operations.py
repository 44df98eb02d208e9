from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.access import AskedFirst, AskingMarketplace, Marketplace
from bank.service.acts import accesses, accounts, codes, operations
from bank.service.acts.code_limits import take_turn, too_many_funds_checks
from bank.service.acts.credits import pay_out
from bank.service.facts import Facts, Wanted
from bank.service.gate import Arrived, Step
from bank.service.models import OperationRow
from bank.service.rules.accounts import bank_of_account
from bank.service.rules.fees import parse_fee
from bank.service.rules.operations import bank_of_operation
from bank.service.schemas.accesses import AccountToken
from bank.service.schemas.callbacks import ACCEPTED
from bank.service.schemas.common import OperationKey, Reference
from bank.service.schemas.operations import (
    CodeIn,
    CreditIn,
    DebitIn,
    Empty,
    FundsCheckIn,
    FundsCheckOut,
    OperationIn,
    OperationOut,
    OperationsOut,
)
from bank.service.services import ServicesOfApp
from bank.service.settlement import Decided, Plan
from domain.money import parse_money
from edge.codes import normalise
from edge.idempotency import Answer, IdempotencyKey, problem_body
from edge.problem import answer_response, problems
from edge.wire import MAX_INTEGER

router = APIRouter(tags=["operations"], route_class=AskedFirst)

KeyInPath = Annotated[OperationKey, Path()]
OwnersToken = Annotated[AccountToken | None, Header(alias="Account-Token")]

_WRITES = ACCEPTED | problems(401, 403, 404, 409, 413, 422, 429, 503)
_READS = problems(401, 403, 422, 503)
PAGE_SIZE = 100


def _json(row: OperationRow) -> dict[str, object]:
    return OperationOut.of(row).model_dump(mode="json")


def _decided(status: int, plan: Plan) -> Decided:
    """Answered with what is made or, when nothing is, with the operation as it then is."""
    row = plan.made or plan.operation
    assert row is not None, "every step is about an operation"
    return Decided(plan, status, _json(row))


@router.post("/funds-checks", responses=problems(401, 403, 404, 409, 422, 429, 503))
async def check_funds(
    body: FundsCheckIn, caller: Marketplace, services: ServicesOfApp, token: OwnersToken = None
) -> FundsCheckOut:
    """Yes or no: does the account have `amount` free?

    For an operation of the caller's that awaits its code (`operation`, with its payer's account and its amount: then
    the fee is asked for too), or with the owner's `Account-Token`. Limited by account and caller.
    """
    amount = parse_money(body.amount, body.currency)

    async def work(session: AsyncSession) -> bool:
        if token is not None:
            pepper = services.settings.pepper_bytes
            await accesses.seen_by(session, caller.name, body.account, token, pepper)
            return await accounts.funds_suffice(session, body.account, amount)
        total = await operations.total_of(session, caller.name, body.operation, body.account, amount)
        wait_s = await take_turn(session, services.settings.funds_checks, body.account, caller.name)
        if wait_s is not None:
            raise too_many_funds_checks(wait_s)
        return await accounts.funds_suffice(session, body.account, total)

    return FundsCheckOut(sufficient=await services.database.run(work))


@router.post("/operations", status_code=201, response_model=OperationOut, responses=_WRITES)
async def open_operation(
    request: Request, body: OperationIn, key: IdempotencyKey, asking: AskingMarketplace, services: ServicesOfApp
) -> Response:
    """Opens a debit operation. Nothing is held before the payer's code.

    Insufficient funds are reported here within the limit of `/funds-checks`; beyond it only after the payer's code.
    """
    amount = parse_money(body.amount, body.currency)
    fee = parse_fee(body.expected_fee, body.currency, "expected_fee")
    payer, payee, funds = body.payer_account, body.payee_account, services.settings.funds_checks

    def decide(facts: Facts) -> Decided:
        plan, refusal = operations.opening(facts, payer, payee, amount, fee, body.reference, funds)
        return _decided(201, plan) if refusal is None else Decided(plan, refusal.status, problem_body(refusal))

    wanted = Wanted(accounts=(payer, payee), pair=operations.fee_pair(payer, payee, amount), turn=funds.as_json(payer))
    step = Step("open", bank_of_account(payer))
    return await services.steps.answer(request, asking, key, step, body, wanted, decide)


@router.post(
    "/operations/{operation_key}/debit",
    response_model=OperationOut,
    responses=_WRITES,
)
async def debit(
    request: Request,
    operation_key: KeyInPath,
    body: DebitIn,
    key: IdempotencyKey,
    asking: AskingMarketplace,
    services: ServicesOfApp,
) -> Response:
    """Redeems the code and holds principal and fee, atomically. Every failure of the code has the same answer.

    An operation that was confirmed before is debited without a code.
    """
    rules, entered = services.code_rules, body.entered()
    typed = None if entered is None else normalise(entered[0])

    def decide(facts: Facts) -> Decided:
        if entered is None or typed is None:
            operations.confirmed(facts)
            return _decided(200, operations.hold(facts, None))
        operations.awaiting_code(facts)
        return _decided(200, operations.hold(facts, codes.redeemed(facts, rules, typed, entered[1])))

    wanted = Wanted(operation_key, parties=True, limits=None if entered is None else rules.limits)
    step = Step("debit", bank_of_operation(operation_key))
    return await services.steps.answer(request, asking, key, step, body, wanted, decide)


@router.post(
    "/operations/{operation_key}/confirmation",
    response_model=OperationOut,
    responses=_WRITES,
)
async def confirm(
    request: Request,
    operation_key: KeyInPath,
    body: CodeIn,
    key: IdempotencyKey,
    asking: AskingMarketplace,
    services: ServicesOfApp,
) -> Response:
    """Redeems the code alone: nothing is held before the debit, which then needs no code. Stays so until voided."""
    rules, typed = services.code_rules, normalise(body.code)

    def decide(facts: Facts) -> Decided:
        operations.awaiting_code(facts)
        return _decided(200, operations.confirm(facts, codes.redeemed(facts, rules, typed, body.submitted_at)))

    step = Step("confirm", bank_of_operation(operation_key))
    wanted = Wanted(operation_key, limits=rules.limits)
    return await services.steps.answer(request, asking, key, step, body, wanted, decide)


@router.post("/operations/{operation_key}/capture", response_model=OperationOut, responses=_WRITES)
async def capture(
    request: Request,
    operation_key: KeyInPath,
    body: Empty,
    key: IdempotencyKey,
    asking: AskingMarketplace,
    services: ServicesOfApp,
) -> Response:
    """Takes what is held, for good."""

    def decide(facts: Facts) -> Decided:
        return _decided(200, operations.capture(facts))

    step = Step("capture", bank_of_operation(operation_key))
    return await services.steps.answer(request, asking, key, step, body, Wanted(operation_key), decide)


@router.post("/operations/{operation_key}/void", response_model=OperationOut, responses=_WRITES)
async def void(
    request: Request,
    operation_key: KeyInPath,
    body: Empty,
    key: IdempotencyKey,
    asking: AskingMarketplace,
    services: ServicesOfApp,
) -> Response:
    """Ends an operation that is not captured: frees what is held, kills its codes, refuses a later debit."""

    def decide(facts: Facts) -> Decided:
        return _decided(200, operations.void(facts))

    step = Step("void", bank_of_operation(operation_key))
    return await services.steps.answer(request, asking, key, step, body, Wanted(operation_key), decide)


@router.post("/credits", status_code=201, response_model=OperationOut, responses=_WRITES)
async def credit(
    request: Request, body: CreditIn, key: IdempotencyKey, asking: AskingMarketplace, services: ServicesOfApp
) -> Response:
    """Pays a captured operation out, in one or several parts, to an account at any bank."""
    amount = parse_money(body.amount, body.currency)

    def decide(facts: Facts) -> Decided:
        return _decided(201, pay_out(facts, body.payee_account, amount, body.reference))

    step = Step("credit", bank_of_account(body.payee_account))
    wanted = Wanted(body.source, accounts=(body.payee_account,))
    return await services.steps.answer(request, asking, key, step, body, wanted, decide)


@router.get(
    "/operations/{operation_key}", response_model=OperationOut, responses=problems(401, 403, 404, 422, 429, 503)
)
async def read_operation(operation_key: KeyInPath, caller: Marketplace, services: ServicesOfApp) -> Response:
    await services.gate(Arrived(Step("ask", bank_of_operation(operation_key)), caller.name))
    async with services.database.reading() as session:
        found = await operations.find_operation(session, caller.name, operation_key)
    return answer_response(Answer(200, _json(found), repeated=True))


@router.get("/operations", responses=_READS)
async def list_operations(
    caller: Marketplace,
    services: ServicesOfApp,
    reference: Annotated[Reference | None, Query()] = None,
    after: Annotated[int, Query(ge=0, le=MAX_INTEGER, description="`next` of the page before.")] = 0,
) -> OperationsOut:
    """The caller's operations, oldest first: with a reference those that carry it, else all."""
    async with services.database.reading() as session:
        rows = await operations.list_operations(session, caller.name, reference, after, PAGE_SIZE)
    more = str(rows[-1].id) if len(rows) == PAGE_SIZE else None
    return OperationsOut(items=[OperationOut.of(row) for row in rows], next=more)
