from __future__ import annotations

from fastapi import APIRouter

from api.banks.schemas import BankOut, BanksOut
from api.dependencies import Anybody, ServicesOfApp
from edge.problem import problems
from store.banks.banks import banks

router = APIRouter(tags=["banks"])


@router.get("/banks", summary="List banks", responses=problems(401, 503))
async def list_banks(caller: Anybody, services: ServicesOfApp) -> BanksOut:
    """Every bank whose accounts can be named, by id."""
    async with services.database.transaction() as session:
        return BanksOut(items=[BankOut.of(bank) for bank in await banks(session)], next=None)
