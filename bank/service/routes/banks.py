from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.access import Administrator, AdministratorWrites, AnyCaller, ArrivesFirst
from bank.service.acts import banks
from bank.service.facts import Facts
from bank.service.models import Bank
from bank.service.plan import Result
from bank.service.requests.gate import Step
from bank.service.requests.writes import worked
from bank.service.schemas.common import Amount, BankId, CurrencyCode, Name
from bank.service.services import ServicesOfApp
from domain.money import Money, decimals
from edge.problem import problems
from edge.wire import Wire


class BankIn(Wire):
    name: Name
    requisite: Name
    currency: CurrencyCode = "RUB"


class BankOut(Wire):
    id: int
    name: str
    requisite: str
    currency: str
    commission_account: str
    guarantee_account: str

    @classmethod
    def of(cls, row: Bank) -> BankOut:
        return cls(
            id=row.id,
            name=row.name,
            requisite=row.requisite,
            currency=row.currency,
            commission_account=row.commission_account,
            guarantee_account=row.guarantee_account,
        )


class BankStateOut(BankOut):
    """`balance` is the bank's own, in its currency: the fees that it has earned and still has."""

    balance: Amount

    @classmethod
    def of_state(cls, row: Bank, balance_minor: int) -> BankStateOut:
        shown = BankOut.of(row).model_dump()
        return cls(**shown, balance=Money(balance_minor, row.currency).amount)


class BanksOut(Wire):
    items: list[BankOut]


router = APIRouter(tags=["banks"], route_class=ArrivesFirst)

BankInPath = Annotated[BankId, Path()]


@router.get("/banks", responses=problems(401, 503))
async def list_banks(caller: AnyCaller, services: ServicesOfApp) -> BanksOut:
    async with services.database.transaction() as session:
        return BanksOut(items=[BankOut.of(row) for row in await banks.list_banks(session)])


@router.post(
    "/banks",
    status_code=201,
    response_model=BankOut,
    responses=problems(401, 403, 409, 413, 422, 503),
    tags=["administration"],
)
async def open_bank(body: BankIn, write: AdministratorWrites, services: ServicesOfApp) -> Response:
    """Opens a bank with its books and the platform's commission and guarantee accounts."""
    decimals(body.currency)
    first_id = services.settings.first_bank_id

    async def work(session: AsyncSession, facts: Facts) -> Result:
        opened = await banks.open_bank(session, body.name, body.requisite, body.currency, first_id=first_id)
        return Result(201, BankOut.of(opened).model_dump(mode="json"))

    return await services.writes.answer(write, Step("bank", None), body, worked(work))


@router.get("/banks/{bank_id}", responses=problems(401, 403, 404, 422, 503), tags=["administration"])
async def read_bank(bank_id: BankInPath, caller: Administrator, services: ServicesOfApp) -> BankStateOut:
    """The bank with its own balance."""
    async with services.database.transaction() as session:
        bank = await banks.known_bank(session, bank_id)
        return BankStateOut.of_state(bank, await banks.own_balance_minor(session, bank))
