"""Disputes that await a decision, oldest first. Overrides decide them, and record who and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response
from starlette_admin import CustomView
from starlette_admin.routing import route

from admin.ages import age, now
from domain.money import Money
from market.disputes import open_disputes
from store.people.users import names_of

SHOWN: Final = 100  # the oldest; decided ones make room for the next


@dataclass(frozen=True, slots=True)
class Row:
    age: str
    deal_id: UUID
    title: str
    buyer: str
    seller: str
    price: Money
    reason: str | None


class Disputes(CustomView):
    menu_label = "Disputes"
    icon = "fa fa-scale-balanced"
    path = "/disputes"
    route_name = "disputes"

    @route("")
    async def index(self, request: Request) -> Response:
        session: AsyncSession = request.state.session
        found, at = await open_disputes(session, None, SHOWN), await now(session)
        names = await names_of(session, {user for _, deal in found for user in (deal.buyer_id, deal.seller_id)})
        rows = [
            Row(
                age(at, dispute.proposed_at), deal.id, deal.title, names[deal.buyer_id], names[deal.seller_id],
                deal.price, dispute.reason,
            )
            for dispute, deal in found
        ]  # fmt: skip
        assert self.templates is not None
        context = {"title": self.menu_label, "rows": rows, "shown": SHOWN}
        return self.templates.TemplateResponse(request=request, name="disputes.html", context=context)
