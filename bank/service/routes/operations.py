from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.access import Marketplace
from bank.service.acts import accounts, codes, operations
from bank.service.acts.credits import pay_out
from bank.service.models import OperationRow
from bank.service.rules.accounts import bank_of_account
from bank.service.rules.fees import parse_fee
from bank.service.rules.operations import bank_of_operation
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
from bank.service.writes import Step
from domain.money import parse_money
from edge.codes import normalise
from edge.idempotency import IdempotencyKey
from edge.problem import problems
from edge.wire import MAX_INTEGER

router = APIRouter(tags=["operations"])

KeyInPath = Annotated[OperationKey, Path()]
Written = tuple[int, dict[str, object]]

_WRITES = ACCEPTED | problems(401, 403, 404, 409, 413, 422, 429, 503)
_READS = problems(401, 403, 422, 503)
PAGE_SIZE = 100


def _json(status: int, row: OperationRow) -> Written:
    return status, OperationOut.of(row).model_dump(mode="json")


@router.post("/funds-checks", responses=_READS)
async def check_funds(body: FundsCheckIn, caller: Marketplace, services: ServicesOfApp) -> FundsCheckOut:
    """Yes or no: are there funds? No also for an account that is unknown, closed or in another currency."""
    amount = parse_money(body.amount, body.currency)
    async with services.database.transaction() as session:
        return FundsCheckOut(sufficient=await accounts.funds_suffice(session, body.account, amount))


@router.post("/operations", status_code=201, response_model=OperationOut, responses=_WRITES)
async def open_operation(
    request: Request, body: OperationIn, key: IdempotencyKey, caller: Marketplace, services: ServicesOfApp
) -> Response:
    """Opens a debit operation. Nothing is held before the payer's code."""
    amount = parse_money(body.amount, body.currency)
    fee = parse_fee(body.expected_fee, body.currency, "expected_fee")

    async def work(session: AsyncSession) -> Written:
        opened = await operations.open_operation(
            session, caller.name, body.payer_account, body.payee_account, amount, fee, body.reference
        )
        return _json(201, opened)

    step = Step("open", bank_of_account(body.payer_account))
    return await services.writes.answer(request, caller.name, key, step, body, work)


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
    caller: Marketplace,
    services: ServicesOfApp,
) -> Response:
    """Redeems the code and holds principal and fee, atomically. Every failure of the code has the same answer.

    An operation that was confirmed before is debited without a code.
    """
    entered = body.entered()
    typed = None if entered is None else normalise(entered[0])

    async def count(session: AsyncSession, digest: bytes) -> None:
        if entered is not None:
            awaiting = codes.operation_awaiting(caller.name, operation_key)
            await codes.count_try(session, services.code_rules, caller.name, key, digest, awaiting)

    async def work(session: AsyncSession) -> Written:
        if entered is None or typed is None:
            confirmed = await operations.lock_confirmed(session, caller.name, operation_key)
            return _json(200, await operations.hold(session, confirmed))
        operation = await operations.lock_for_debit(session, caller.name, operation_key)
        subject = codes.of_operation(operation)
        await codes.redeem(
            session, services.code_rules, caller.name, key, subject, typed=typed, submitted_at=entered[1]
        )
        return _json(200, await operations.hold(session, operation))

    step = Step("debit", bank_of_operation(operation_key))
    return await services.writes.answer(request, caller.name, key, step, body, work, before=count)


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
    caller: Marketplace,
    services: ServicesOfApp,
) -> Response:
    """Redeems the code alone: nothing is held before the debit, which then needs no code. Stays so until voided."""
    typed = normalise(body.code)

    async def count(session: AsyncSession, digest: bytes) -> None:
        awaiting = codes.operation_awaiting(caller.name, operation_key)
        await codes.count_try(session, services.code_rules, caller.name, key, digest, awaiting)

    async def work(session: AsyncSession) -> Written:
        operation = await operations.lock_for_debit(session, caller.name, operation_key)
        subject = codes.of_operation(operation)
        await codes.redeem(
            session, services.code_rules, caller.name, key, subject, typed=typed, submitted_at=body.submitted_at
        )
        return _json(200, await operations.confirm(session, operation))

    step = Step("confirm", bank_of_operation(operation_key))
    return await services.writes.answer(request, caller.name, key, step, body, work, before=count)


@router.post("/operations/{operation_key}/capture", response_model=OperationOut, responses=_WRITES)
async def capture(
    request: Request,
    operation_key: KeyInPath,
    body: Empty,
    key: IdempotencyKey,
    caller: Marketplace,
    services: ServicesOfApp,
) -> Response:
    """Takes what is held, for good."""

    async def work(session: AsyncSession) -> Written:
        return _json(200, await operations.capture(session, caller.name, operation_key))

    step = Step("capture", bank_of_operation(operation_key))
    return await services.writes.answer(request, caller.name, key, step, body, work)


@router.post("/operations/{operation_key}/void", response_model=OperationOut, responses=_WRITES)
async def void(
    request: Request,
    operation_key: KeyInPath,
    body: Empty,
    key: IdempotencyKey,
    caller: Marketplace,
    services: ServicesOfApp,
) -> Response:
    """Ends an operation that is not captured: frees what is held, kills its codes, refuses a later debit."""

    async def work(session: AsyncSession) -> Written:
        return _json(200, await operations.void(session, caller.name, operation_key))

    step = Step("void", bank_of_operation(operation_key))
    return await services.writes.answer(request, caller.name, key, step, body, work)


@router.post("/credits", status_code=201, response_model=OperationOut, responses=_WRITES)
async def credit(
    request: Request, body: CreditIn, key: IdempotencyKey, caller: Marketplace, services: ServicesOfApp
) -> Response:
    """Pays a captured operation out, in one or several parts, to an account at any bank."""
    amount = parse_money(body.amount, body.currency)

    async def work(session: AsyncSession) -> Written:
        paid = await pay_out(session, caller.name, body.payee_account, amount, body.source, body.reference)
        return _json(201, paid)

    step = Step("credit", bank_of_account(body.payee_account))
    return await services.writes.answer(request, caller.name, key, step, body, work)


@router.get(
    "/operations/{operation_key}", response_model=OperationOut, responses=problems(401, 403, 404, 422, 429, 503)
)
async def read_operation(
    request: Request, operation_key: KeyInPath, caller: Marketplace, services: ServicesOfApp
) -> Response:
    drawn = await services.reads.meet(bank_of_operation(operation_key))
    async with services.database.transaction() as session:
        found = await operations.find_operation(session, caller.name, operation_key)
    return await services.reads.answer(request, drawn, _json(200, found)[1])


@router.get("/operations", responses=_READS)
async def list_operations(
    caller: Marketplace,
    services: ServicesOfApp,
    reference: Annotated[Reference, Query()],
    after: Annotated[int, Query(ge=0, le=MAX_INTEGER, description="`next` of the page before.")] = 0,
) -> OperationsOut:
    """The caller's operations with one reference, oldest first."""
    async with services.database.transaction() as session:
        rows = await operations.list_operations(session, caller.name, reference, after, PAGE_SIZE)
    more = str(rows[-1].id) if len(rows) == PAGE_SIZE else None
    return OperationsOut(items=[OperationOut.of(row) for row in rows], next=more)
