from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response
from fastapi import Query as InQuery
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.access import AdministratorWrites, ArrivesFirst, PayingOut, PayingOutWrites
from bank.service.acts import payouts
from bank.service.facts import Facts, Query
from bank.service.models import Payout
from bank.service.plan import Result
from bank.service.requests.gate import Arrived, Step
from bank.service.requests.writes import decided, worked
from bank.service.rules.accounts import bank_of_account
from bank.service.rules.fees import parse_fee
from bank.service.rules.operations import bank_of_operation
from bank.service.schemas.common import ACCEPTED, AccountNumber, Amount, CurrencyCode, Moment, OperationKey, Reference
from bank.service.schemas.operations import Empty
from bank.service.services import ServicesOfApp
from bank.service.values import NewPayout
from domain.money import Money, parse_money
from edge.idempotency import Answer
from edge.problem import answer_response, problems
from edge.wire import Wire, utc, utc_or_none


class PayoutIn(Wire):
    payee_account: AccountNumber
    amount: Amount
    currency: CurrencyCode
    expected_fee: Amount
    """The fee that the payee was shown; if it has changed, 409 `fee_changed`."""
    reference: Reference


class PayoutOut(Wire):
    key: str
    amount: Amount
    fee: Amount
    currency: CurrencyCode
    payer_account: str
    payee_account: str
    reference: str
    created_at: Moment
    returned_at: Moment | None
    """The payee's bank returned all of it."""

    @classmethod
    def of(cls, row: Payout | NewPayout) -> PayoutOut:
        return cls(
            key=row.key,
            amount=Money(row.amount_minor, row.currency).amount,
            fee=Money(row.fee_minor, row.currency).amount,
            currency=row.currency,
            payer_account=row.payer_account,
            payee_account=row.payee_account,
            reference=row.reference,
            created_at=utc(row.created_at),
            returned_at=utc_or_none(row.returned_at),
        )


class PayoutsOut(Wire):
    items: list[PayoutOut]
    next: str | None


router = APIRouter(tags=["operations"], route_class=ArrivesFirst)

KeyInPath = Annotated[OperationKey, Path()]
PAGE_SIZE = 100


@router.post(
    "/payouts",
    status_code=201,
    response_model=PayoutOut,
    responses=ACCEPTED | problems(401, 403, 404, 409, 413, 422, 429, 503),
)
async def pay_out(body: PayoutIn, write: PayingOutWrites, services: ServicesOfApp) -> Response:
    """Pays the marketplace's own money to a client's account, from the guarantee account of its bank."""
    amount = parse_money(body.amount, body.currency)
    fee = parse_fee(body.expected_fee, body.currency, "expected_fee")

    def decide(facts: Facts) -> Result:
        plan = payouts.pay_out(facts, write.key, body.payee_account, amount, fee, body.reference)
        return Result(201, PayoutOut.of(plan.payouts[0]).model_dump(mode="json"), plan)

    step = Step("payout", bank_of_account(body.payee_account), body.payee_account)
    query = Query(accounts=(body.payee_account,), guarantees=True, books=True)
    return await services.writes.answer(write, step, body, decided(decide), query)


@router.get("/payouts", responses=problems(401, 403, 422, 503))
async def list_payouts(
    caller: PayingOut,
    services: ServicesOfApp,
    after: Annotated[OperationKey | None, InQuery(description="`next` of the page before.")] = None,
) -> PayoutsOut:
    """The caller's payouts in the order of their keys."""
    async with services.database.reading() as session:
        rows = await payouts.list_payouts(session, caller.name, after, PAGE_SIZE)
    more = rows[-1].key if len(rows) == PAGE_SIZE else None
    return PayoutsOut(items=[PayoutOut.of(row) for row in rows], next=more)


@router.get("/payouts/{operation_key}", response_model=PayoutOut, responses=problems(401, 403, 404, 422, 429, 503))
async def read_payout(operation_key: KeyInPath, caller: PayingOut, services: ServicesOfApp) -> Response:
    """The payout in its present state: a bank may return it days later."""
    await services.gate(Arrived(Step("ask", bank_of_operation(operation_key)), caller.name))
    async with services.database.reading() as session:
        found = PayoutOut.of(await payouts.find_payout(session, caller.name, operation_key))
    return answer_response(Answer(200, found.model_dump(mode="json"), repeated=True))


@router.post(
    "/payouts/{operation_key}/return",
    response_model=PayoutOut,
    responses=problems(401, 403, 404, 409, 413, 422, 503),
)
async def return_payout(
    operation_key: KeyInPath,
    body: Empty,
    write: AdministratorWrites,
    services: ServicesOfApp,
) -> Response:
    """The payee's bank returns a payout as a whole; the marketplace gets a webhook."""

    async def work(session: AsyncSession, facts: Facts) -> Result:
        return Result(200, PayoutOut.of(await payouts.return_payout(session, operation_key)).model_dump(mode="json"))

    return await services.writes.answer(write, Step("return", None), body, worked(work))
