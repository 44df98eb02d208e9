"""A seller's money, line by line."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from domain.money import Money
from market.earnings import Line, earnings_of
from pages.visit import Client
from store.banks.accounts import payout_account

router = APIRouter()


@router.get("/my/earnings")
async def own_earnings(known: Client) -> Response:
    async with known.visit.reading() as session:
        found = await earnings_of(session, known.visitor.user_id)
        missing = {
            currency
            for currency in {line.money.currency for line in found.owed}
            if await payout_account(session, known.visitor.user_id, currency) is None
        }
    sums = {name: _sums(getattr(found, name)) for name in ("paid_out", "next_releases", "owed", "clawed_back", "debts")}
    return known.visit.page("earnings/own.html", earnings=found, sums=sums, missing=missing)


def _sums(lines: list[Line]) -> list[Money]:
    """One sum per currency."""
    sums: dict[str, Money] = {}
    for line in lines:
        sums[line.money.currency] = sums.get(line.money.currency, Money(0, line.money.currency)) + line.money
    return [sums[currency] for currency in sorted(sums)]
