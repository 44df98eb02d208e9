from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response
from fastapi import Query as InQuery
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.access import AdministratorWrites, ArrivesFirst, Platform, PlatformWrites
from bank.service.acts import remittances
from bank.service.acts.operations import fee_pair
from bank.service.facts import Facts, Query
from bank.service.models import Remittance
from bank.service.plan import Result
from bank.service.requests.gate import Arrived, Step
from bank.service.requests.writes import worked
from bank.service.rules.accounts import bank_of_account
from bank.service.schemas.common import ACCEPTED, AccountNumber, Amount, CurrencyCode, Moment, OperationKey
from bank.service.schemas.operations import Empty
from bank.service.services import ServicesOfApp
from domain.money import Money, parse_money
from edge.idempotency import Answer
from edge.problem import answer_response, problems
from edge.wire import MAX_INTEGER, Wire, Words, utc, utc_or_none

# As long as a Russian payment order allows it.
Details = Annotated[Words, Field(max_length=210, description="What the payer writes to the payee, in one line.")]


class RemittanceIn(Wire):
    payee_account: AccountNumber
    amount: Amount
    currency: CurrencyCode
    details: Details


class RemittanceOut(Wire):
    key: str
    number: int
    """Counts what came to the payee's account, without a gap, in the order of the commits."""
    amount: Amount
    currency: CurrencyCode
    payer_account: str
    payee_account: str
    details: str
    booked_at: Moment
    returned_at: Moment | None
    """All of it went back to the payer."""

    @classmethod
    def of(cls, row: Remittance) -> RemittanceOut:
        return cls(
            key=row.key,
            number=row.number,
            amount=Money(row.amount_minor, row.currency).amount,
            currency=row.currency,
            payer_account=row.payer_account,
            payee_account=row.payee_account,
            details=row.details,
            booked_at=utc(row.booked_at),
            returned_at=utc_or_none(row.returned_at),
        )


class IncomingOut(Wire):
    items: list[RemittanceOut]
    next: str | None
    """`after` of the next page; none when this one is the last so far."""
    complete_until: Moment
    """Everything that was booked up to this time is on this page or before it."""


router = APIRouter(tags=["operations"], route_class=ArrivesFirst)


@router.post(
    "/accounts/{number}/remittances",
    status_code=201,
    response_model=RemittanceOut,
    responses=problems(401, 403, 404, 409, 413, 422, 503),
    tags=["administration"],
)
async def remit(
    number: Annotated[AccountNumber, Path()], body: RemittanceIn, write: AdministratorWrites, services: ServicesOfApp
) -> Response:
    """A client, whom the bank knows, sends money to another account and pays the fee between the banks on top."""
    amount = parse_money(body.amount, body.currency)

    async def work(session: AsyncSession, facts: Facts) -> Result:
        made = await remittances.remit(session, facts, number, body.payee_account, amount, body.details)
        return Result(201, RemittanceOut.of(made).model_dump(mode="json"))

    pair = fee_pair(number, body.payee_account, amount)
    query = Query(accounts=(number, body.payee_account), books=True, pair=pair)
    step = Step("remittance", bank_of_account(number))
    return await services.writes.answer(write, step, body, worked(work), query)


@router.post(
    "/remittances/{operation_key}/return",
    response_model=RemittanceOut,
    responses=ACCEPTED | problems(401, 403, 404, 409, 413, 422, 429, 503),
)
async def send_back(
    operation_key: Annotated[OperationKey, Path()], body: Empty, write: PlatformWrites, services: ServicesOfApp
) -> Response:
    """The platform sends what came to its account back to the payer, once and as a whole."""
    async with services.database.reading() as session:
        row = await remittances.sent(session, operation_key)

    async def work(session: AsyncSession, facts: Facts) -> Result:
        returned = await remittances.send_back(session, facts, operation_key)
        return Result(200, RemittanceOut.of(returned).model_dump(mode="json"))

    query = Query(accounts=(row.payer_account, row.payee_account), books=True)
    step = Step("return", bank_of_account(row.payee_account))
    return await services.writes.answer(write, step, body, worked(work), query)


@router.get(
    "/remittances",
    summary="List incoming remittances",
    response_model=IncomingOut,
    responses=problems(401, 403, 404, 422, 429, 503),
)
async def list_incoming(
    account: AccountNumber,
    caller: Platform,
    services: ServicesOfApp,
    after: Annotated[int, InQuery(ge=0, le=MAX_INTEGER, description="`next` of the page before.")] = 0,
    limit: Annotated[int, InQuery(ge=1, le=1000)] = 100,
) -> Response:
    """What came to one of the platform's accounts, in the order of the commits: none is missed by reading on."""
    await services.gate(Arrived(Step("ask", bank_of_account(account)), caller.name))
    async with services.database.transaction() as session:
        found = await remittances.incoming(session, account, after, limit)
    items = [RemittanceOut.of(row) for row in found.remittances]
    page = IncomingOut(
        items=items, next=str(items[-1].number) if found.more else None, complete_until=utc(found.complete_until)
    )
    return answer_response(Answer(200, page.model_dump(mode="json"), repeated=True))
