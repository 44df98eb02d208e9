from __future__ import annotations

from fastapi import APIRouter

from api.banks.schemas import BankOut, BanksOut
from api.dependencies import Anybody, ServicesOfApp
from edge.problem import problems
from store.banks.bank_clients import banks_with_states

router = APIRouter(tags=["banks"])


@router.get("/banks", summary="List banks", responses=problems(401, 503))
async def list_banks(caller: Anybody, services: ServicesOfApp) -> BanksOut:
    """Every bank that is known, by id. Offer your customers those with `payments_enabled`."""
    async with services.database.transaction() as session:
        items = [BankOut.of(bank, state) for bank, state in await banks_with_states(session)]
    return BanksOut(items=items, next=None)
