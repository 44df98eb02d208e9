from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response
from fastapi import Query as InQuery
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.access import Administrator, AdministratorWrites, ArrivesFirst
from bank.service.acts import accounts
from bank.service.facts import Facts, Query
from bank.service.plan import Result
from bank.service.requests.gate import Step
from bank.service.requests.writes import worked
from bank.service.schemas.accounts import AccountIn, AccountOut, AccountsOut, AccountStateOut, AmountIn, StatementOut
from bank.service.schemas.common import AccountNumber, BankId
from bank.service.schemas.operations import Empty
from bank.service.services import ServicesOfApp
from domain.money import decimals, parse_money
from edge.problem import problems
from edge.wire import MAX_INTEGER, Timestamp

router = APIRouter(prefix="/accounts", tags=["administration"], route_class=ArrivesFirst)

NumberInPath = Annotated[AccountNumber, Path()]
Limit = Annotated[int, InQuery(ge=1, le=1000)]

_WRITES = problems(401, 403, 404, 409, 413, 422, 503)
_READS = problems(401, 403, 404, 422, 503)


@router.post("", status_code=201, response_model=AccountStateOut, responses=_WRITES)
async def open_account(body: AccountIn, write: AdministratorWrites, services: ServicesOfApp) -> Response:
    """Opens a client's account; the bank draws its number."""
    decimals(body.currency)

    async def work(session: AsyncSession, facts: Facts) -> Result:
        opened = await accounts.open_account(session, body.bank_id, body.client_id, body.currency)
        return await _state(session, opened.number, 201)

    return await services.writes.answer(write, Step("account", None), body, worked(work))


@router.post("/{number}/deposits", status_code=201, response_model=AccountStateOut, responses=_WRITES)
async def deposit(
    number: NumberInPath,
    body: AmountIn,
    write: AdministratorWrites,
    services: ServicesOfApp,
) -> Response:
    """Adds money from outside to an account; answers with the account afterwards."""
    amount = parse_money(body.amount, body.currency)

    async def work(session: AsyncSession, facts: Facts) -> Result:
        await accounts.deposit(session, facts, number, amount, write.key)
        return await _state(session, number, 201)

    query = Query(accounts=(number,), books=True)
    return await services.writes.answer(write, Step("deposit", None), body, worked(work), query)


@router.post("/{number}/closure", response_model=AccountStateOut, responses=_WRITES)
async def close_account(
    number: NumberInPath,
    body: Empty,
    write: AdministratorWrites,
    services: ServicesOfApp,
) -> Response:
    """Closes an account for good; its balance leaves the bank."""

    async def work(session: AsyncSession, facts: Facts) -> Result:
        await accounts.close_account(session, facts, number)
        return await _state(session, number, 200)

    query = Query(accounts=(number,), books=True)
    return await services.writes.answer(write, Step("closure", None), body, worked(work), query)


@router.get("", responses=_READS)
async def list_accounts(
    caller: Administrator,
    services: ServicesOfApp,
    bank_id: Annotated[BankId | None, InQuery()] = None,
    after: Annotated[AccountNumber | None, InQuery(description="`next` of the page before.")] = None,
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
    since: Annotated[Timestamp | None, InQuery(alias="from")] = None,
    until: Annotated[Timestamp | None, InQuery(alias="to", description="Exclusive; now when left out.")] = None,
    after: Annotated[int | None, InQuery(ge=0, le=MAX_INTEGER, description="`next` of the page before.")] = None,
    limit: Limit = 100,
) -> StatementOut:
    """Entries of a period between its opening and its closing balance, oldest first."""
    async with services.database.transaction() as session:
        account, page = await accounts.account_statement(session, number, since, until, after, limit)
    return StatementOut.of(account, page)


async def _state(session: AsyncSession, number: str, status: int) -> Result:
    state = await accounts.account_state(session, number)
    return Result(status, AccountStateOut.of_state(state).model_dump(mode="json"))
