from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.access import Administrator
from bank.service.acts import accounts
from bank.service.gate import Step
from bank.service.schemas.accounts import AccountIn, AccountOut, AccountsOut, AccountStateOut, AmountIn, StatementOut
from bank.service.schemas.common import AccountNumber, BankId
from bank.service.schemas.operations import Empty
from bank.service.services import ServicesOfApp
from domain.money import decimals, parse_money
from edge.idempotency import IdempotencyKey
from edge.problem import problems
from edge.wire import MAX_INTEGER, Timestamp

router = APIRouter(prefix="/accounts", tags=["administration"])

NumberInPath = Annotated[AccountNumber, Path()]
Limit = Annotated[int, Query(ge=1, le=1000)]
Written = tuple[int, dict[str, object]]

_WRITES = problems(401, 403, 404, 409, 413, 422, 503)
_READS = problems(401, 403, 404, 422, 503)


@router.post("", status_code=201, response_model=AccountStateOut, responses=_WRITES)
async def open_account(
    request: Request, body: AccountIn, key: IdempotencyKey, caller: Administrator, services: ServicesOfApp
) -> Response:
    """Opens a client's account; the bank draws its number."""
    decimals(body.currency)

    async def work(session: AsyncSession) -> Written:
        opened = await accounts.open_account(session, body.bank_id, body.client_id, body.currency)
        return await _state(session, opened.number, 201)

    return await services.writes.answer(request, caller.name, key, Step("account", None), body, work)


@router.post("/{number}/deposits", status_code=201, response_model=AccountStateOut, responses=_WRITES)
async def deposit(
    request: Request,
    number: NumberInPath,
    body: AmountIn,
    key: IdempotencyKey,
    caller: Administrator,
    services: ServicesOfApp,
) -> Response:
    """Adds money from outside to an account; answers with the account as it is then."""
    amount = parse_money(body.amount, body.currency)

    async def work(session: AsyncSession) -> Written:
        await accounts.deposit(session, number, amount, caller.name, key)
        return await _state(session, number, 201)

    return await services.writes.answer(request, caller.name, key, Step("deposit", None), body, work)


@router.post("/{number}/closure", response_model=AccountStateOut, responses=_WRITES)
async def close_account(
    request: Request,
    number: NumberInPath,
    body: Empty,
    key: IdempotencyKey,
    caller: Administrator,
    services: ServicesOfApp,
) -> Response:
    """Closes an account for good; what is on it leaves the bank."""

    async def work(session: AsyncSession) -> Written:
        await accounts.close_account(session, number)
        return await _state(session, number, 200)

    return await services.writes.answer(request, caller.name, key, Step("closure", None), body, work)


@router.get("", responses=_READS)
async def list_accounts(
    caller: Administrator,
    services: ServicesOfApp,
    bank_id: Annotated[BankId | None, Query()] = None,
    after: Annotated[AccountNumber | None, Query(description="`next` of the page before.")] = None,
    limit: Limit = 100,
) -> AccountsOut:
    """Accounts with the name and the e-mail address of their owners, by number."""
    async with services.database.transaction() as session:
        rows = await accounts.list_accounts(session, bank_id, after, limit)
    items = [AccountOut.of(account, owner) for account, owner in rows]
    return AccountsOut(items=items, next=items[-1].number if len(items) == limit else None)


@router.get("/{number}", responses=_READS)
async def read_account(number: NumberInPath, caller: Administrator, services: ServicesOfApp) -> AccountStateOut:
    """The account with its balance."""
    async with services.database.transaction() as session:
        return AccountStateOut.of_state(await accounts.account_state(session, number))


@router.get("/{number}/statement", responses=_READS)
async def read_statement(
    number: NumberInPath,
    caller: Administrator,
    services: ServicesOfApp,
    since: Annotated[Timestamp | None, Query(alias="from")] = None,
    until: Annotated[Timestamp | None, Query(alias="to", description="Exclusive; now when left out.")] = None,
    after: Annotated[int | None, Query(ge=0, le=MAX_INTEGER, description="`next` of the page before.")] = None,
    limit: Limit = 100,
) -> StatementOut:
    """Entries of a period between its opening and its closing balance, oldest first."""
    async with services.database.transaction() as session:
        account, page = await accounts.account_statement(session, number, since, until, after, limit)
    return StatementOut.of(account, page)


async def _state(session: AsyncSession, number: str, status: int) -> Written:
    state = await accounts.account_state(session, number)
    return status, AccountStateOut.of_state(state).model_dump(mode="json")
