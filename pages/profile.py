"""A client's own data."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from pages.visit import Client
from store.people.users import user_of

router = APIRouter()


@router.get("/my/profile")
async def own_profile(known: Client) -> Response:
    async with known.visit.transaction() as session:
        user = await user_of(session, known.visitor.marketplace_id, known.visitor.user_id)
    return known.visit.page("profile/own.html", user=user)
