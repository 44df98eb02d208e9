from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Header, Path, Response
from fastapi import Query as InQuery
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.access import ArrivesFirst, Marketplace, MarketplaceWrites
from bank.service.acts import accesses, accounts, codes, operations
from bank.service.acts.code_limits import take_turn, too_many_funds_checks, try_of_operation
from bank.service.acts.codes import CodeRules
from bank.service.acts.credits import pay_out
from bank.service.facts import Facts, Query
from bank.service.models import OperationRow
from bank.service.plan import Plan, Result, refused
from bank.service.requests.gate import Arrived, Step
from bank.service.requests.writes import WriteRequest, decided
from bank.service.rules.accounts import bank_of_account
from bank.service.rules.fees import parse_fee
from bank.service.rules.operations import bank_of_operation
from bank.service.schemas.accesses import AccountToken
from bank.service.schemas.common import ACCEPTED, OperationKey, Reference
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
from bank.service.services import Services, ServicesOfApp
from bank.service.values import Operation, UsedCode
from domain.money import parse_money
from edge.codes import normalise
from edge.idempotency import Answer
from edge.problem import answer_response, problems
from edge.wire import MAX_INTEGER

router = APIRouter(tags=["operations"], route_class=ArrivesFirst)

KeyInPath = Annotated[OperationKey, Path()]
OwnersToken = Annotated[AccountToken | None, Header(alias="Account-Token")]

_WRITES = ACCEPTED | problems(401, 403, 404, 409, 413, 422, 429, 503)
_READS = problems(401, 403, 422, 503)
PAGE_SIZE = 100


def _json(row: OperationRow | Operation) -> dict[str, object]:
    return OperationOut.of(row).model_dump(mode="json")


def _result(status: int, plan: Plan) -> Result:
    """Answered with the last of its operations: the new one or, if there is none, the changed one."""
    return Result(status, _json(plan.operations[-1]), plan)


@router.post("/funds-checks", responses=problems(401, 403, 404, 409, 422, 429, 503))
async def check_funds(
    body: FundsCheckIn, caller: Marketplace, services: ServicesOfApp, token: OwnersToken = None
) -> FundsCheckOut:
    """Yes or no: does the account have `amount` available?

    For one of the caller's operations that awaits its code (`operation`, with its payer's account and its amount: the
    fee is then included), or with the owner's `Account-Token`. Limited by account and caller.
    """
    amount = parse_money(body.amount, body.currency)

    async def work(session: AsyncSession) -> bool:
        if token is not None:
            pepper = services.settings.pepper_bytes
            await accesses.seen_by(session, caller.name, body.account, token, pepper)
            return await accounts.funds_suffice(session, body.account, amount)
        total = await operations.total_of(session, caller.name, body.operation, body.account, amount)
        await accounts.lock_account(session, body.account)
        wait_s = await take_turn(session, services.settings.funds_checks, body.account, caller.name)
        if wait_s is not None:
            raise too_many_funds_checks(wait_s)
        return await accounts.funds_suffice(session, body.account, total)

    return FundsCheckOut(sufficient=await services.database.run(work))


@router.post("/operations", status_code=201, response_model=OperationOut, responses=_WRITES)
async def open_operation(body: OperationIn, write: MarketplaceWrites, services: ServicesOfApp) -> Response:
    """Opens a debit operation. Nothing is held before the payer's code.

    Insufficient funds are reported here within the limit of `/funds-checks`; beyond it only after the payer's code.
    """
    amount = parse_money(body.amount, body.currency)
    fee = parse_fee(body.expected_fee, body.currency, "expected_fee")
    payer, payee, funds = body.payer_account, body.payee_account, services.settings.funds_checks

    def decide(facts: Facts) -> Result:
        plan, refusal = operations.opening(facts, payer, payee, amount, fee, body.reference, funds)
        return _result(201, plan) if refusal is None else refused(refusal, plan)

    pair, turn = operations.fee_pair(payer, payee, amount), replace(funds, account=payer)
    query = Query(accounts=(payer, payee), pair=pair, turn=turn)
    step = Step("open", bank_of_account(payer), payer)
    return await services.writes.answer(write, step, body, decided(decide), query)


@router.post("/operations/{operation_key}/debit", response_model=OperationOut, responses=_WRITES)
async def debit(operation_key: KeyInPath, body: DebitIn, write: MarketplaceWrites, services: ServicesOfApp) -> Response:
    """Redeems the code and holds principal and fee, atomically. Every failure of the code has the same answer.

    A confirmed operation is debited without a code.
    """
    rules, entered = services.code_rules, body.entered()
    typed = None if entered is None else normalise(entered[0])

    def decide(facts: Facts) -> Result:
        if entered is None or typed is None:
            operations.confirmed(facts)
            return _result(200, operations.hold(facts, None))
        return _result(200, operations.hold(facts, _redeemed(facts, rules, typed, entered[1])))

    step = Step("debit", bank_of_operation(operation_key), operation_key)
    query = Query(operation_key, payer=True, books=True, codes=True)
    tries = None if entered is None else try_of_operation(rules.limits, operation_key)
    return await services.writes.answer(write, step, body, decided(decide), query, tries=tries)


@router.post("/operations/{operation_key}/confirmation", response_model=OperationOut, responses=_WRITES)
async def confirm(
    operation_key: KeyInPath, body: CodeIn, write: MarketplaceWrites, services: ServicesOfApp
) -> Response:
    """Redeems the code alone: nothing is held before the debit, which then needs no code. Valid until voided."""
    rules, typed = services.code_rules, normalise(body.code)

    def decide(facts: Facts) -> Result:
        return _result(200, operations.confirm(facts, _redeemed(facts, rules, typed, body.submitted_at)))

    step = Step("confirm", bank_of_operation(operation_key), operation_key)
    query = Query(operation_key, codes=True)
    tries = try_of_operation(rules.limits, operation_key)
    return await services.writes.answer(write, step, body, decided(decide), query, tries=tries)


def _redeemed(facts: Facts, rules: CodeRules, typed: str, submitted_at: datetime) -> UsedCode:
    operation = operations.awaiting_code(facts)
    return codes.redeem(rules, codes.of_operation(operation), facts.known_codes(), typed, submitted_at)


@router.post("/operations/{operation_key}/capture", response_model=OperationOut, responses=_WRITES)
async def capture(operation_key: KeyInPath, body: Empty, write: MarketplaceWrites, services: ServicesOfApp) -> Response:
    """Captures what is held."""
    return await _ended(operation_key, body, write, services, "capture", operations.capture)


@router.post("/operations/{operation_key}/void", response_model=OperationOut, responses=_WRITES)
async def void(operation_key: KeyInPath, body: Empty, write: MarketplaceWrites, services: ServicesOfApp) -> Response:
    """Ends an operation that is not captured: frees what is held, invalidates its codes, refuses a later debit."""
    return await _ended(operation_key, body, write, services, "void", operations.void)


async def _ended(
    operation_key: str, body: Empty, write: WriteRequest, services: Services, name: str, act: Callable[[Facts], Plan]
) -> Response:
    def decide(facts: Facts) -> Result:
        return _result(200, act(facts))

    step = Step(name, bank_of_operation(operation_key), operation_key)
    return await services.writes.answer(write, step, body, decided(decide), Query(operation_key, payer=True))


@router.post("/credits", status_code=201, response_model=OperationOut, responses=_WRITES)
async def credit(body: CreditIn, write: MarketplaceWrites, services: ServicesOfApp) -> Response:
    """Pays a captured operation out, in one or several parts, to an account at any bank."""
    amount = parse_money(body.amount, body.currency)

    def decide(facts: Facts) -> Result:
        return _result(201, pay_out(facts, body.payee_account, amount, body.reference))

    step = Step("credit", bank_of_account(body.payee_account), body.payee_account)
    query = Query(body.source, accounts=(body.payee_account,), books=True)
    return await services.writes.answer(write, step, body, decided(decide), query)


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
    reference: Annotated[Reference | None, InQuery()] = None,
    after: Annotated[int, InQuery(ge=0, le=MAX_INTEGER, description="`next` of the page before.")] = 0,
) -> OperationsOut:
    """The caller's operations, oldest first: with a reference only those that carry it."""
    async with services.database.reading() as session:
        rows = await operations.list_operations(session, caller.name, reference, after, PAGE_SIZE)
    more = str(rows[-1].id) if len(rows) == PAGE_SIZE else None
    return OperationsOut(items=[OperationOut.of(row) for row in rows], next=more)
