from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field

from bank.service.access import Administrator, AnyCaller
from bank.service.acts import fees
from bank.service.models import Fee
from bank.service.rules.fees import parse_fee, parse_percent, percent_text
from bank.service.schemas.common import Amount, BankId, CurrencyCode, Moment
from bank.service.services import ServicesOfApp
from domain.fees import FeeRule
from domain.money import Money, parse_money
from edge.problem import problems
from edge.wire import Wire, utc

Percent = Annotated[str, Field(max_length=8, examples=["1.50"], description="0 to 100 with at most two decimals.")]


class FeeIn(Wire):
    percent: Percent
    minimum: Amount
    currency: CurrencyCode


class FeeOut(Wire):
    payer_bank: int
    payee_bank: int
    currency: str
    percent: Percent
    percent_bp: int
    """The same in basis points, for programs."""
    minimum: Amount
    changed_at: Moment

    @classmethod
    def of(cls, row: Fee) -> FeeOut:
        return cls(
            payer_bank=row.payer_bank,
            payee_bank=row.payee_bank,
            currency=row.currency,
            percent=percent_text(row.percent_bp),
            percent_bp=row.percent_bp,
            minimum=Money(row.minimum_minor, row.currency).amount,
            changed_at=utc(row.changed_at),
        )


class FeesOut(Wire):
    items: list[FeeOut]


class QuoteOut(Wire):
    amount: Amount
    fee: Amount
    total: Amount
    currency: str


router = APIRouter(prefix="/fees", tags=["fees"])


@router.get("", responses=problems(401, 503))
async def list_fees(caller: AnyCaller, services: ServicesOfApp) -> FeesOut:
    """The whole table, to be cached. A pair of banks that is not in it, or one bank, costs nothing."""
    async with services.database.transaction() as session:
        return FeesOut(items=[FeeOut.of(row) for row in await fees.list_fees(session)])


@router.get("/quote", responses=problems(401, 404, 422, 503))
async def quote(
    caller: AnyCaller,
    services: ServicesOfApp,
    payer_bank: Annotated[BankId, Query()],
    payee_bank: Annotated[BankId, Query()],
    amount: Annotated[Amount, Query()],
    currency: Annotated[CurrencyCode, Query()],
) -> QuoteOut:
    """What the payer pays for a transfer now."""
    money = parse_money(amount, currency)
    async with services.database.transaction() as session:
        fee = await fees.quote(session, payer_bank, payee_bank, money)
    return QuoteOut(amount=money.amount, fee=fee.amount, total=(money + fee).amount, currency=currency)


@router.put(
    "/{payer_bank}/{payee_bank}", responses=problems(401, 403, 404, 409, 413, 422, 503), tags=["administration"]
)
async def set_fee(
    payer_bank: Annotated[BankId, Path()],
    payee_bank: Annotated[BankId, Path()],
    body: FeeIn,
    caller: Administrator,
    services: ServicesOfApp,
) -> FeeOut:
    """Sets what transfers from one bank to another cost from now on."""
    minimum = parse_fee(body.minimum, body.currency, "minimum")
    rule = FeeRule(parse_percent(body.percent, "percent"), minimum.minor)
    async with services.database.transaction() as session:
        return FeeOut.of(await fees.set_fee(session, payer_bank, payee_bank, body.currency, rule))
