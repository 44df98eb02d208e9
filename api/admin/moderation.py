"""The list of offers that wait for a moderator, oldest first, each with a form: the percent, approved or rejected."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette_admin import CustomView
from starlette_admin.routing import route

from api.admin.ages import span
from api.percents import basis_points_of, percent
from domain.errors import Refusal
from store.house import house
from store.offers import OfferState, moderate, offers_after

SHOWN: Final = 50  # a page; what is decided makes room for the next ones


class Moderation(CustomView):
    menu_label = "Moderation"
    icon = "fa fa-gavel"
    path = "/moderation"
    route_name = "moderation"

    @route("")
    async def index(self, request: Request) -> Response:
        return await self._show(request)

    @route("/{offer_id:uuid}", methods=["POST"], name="decide")
    async def decide(self, request: Request) -> Response:
        session: AsyncSession = request.state.session
        offer_id: UUID = request.path_params["offer_id"]
        form = await request.form()
        said, decision = str(form.get("percent") or "").strip(), form.get("decision")
        if decision not in ("approve", "reject"):
            return await self._show(request, offer_id, "Approve the offer or reject it.")
        try:
            commission_bp = basis_points_of(said, "percent") if said else None
            await moderate(session, offer_id, approve=decision == "approve", commission_bp=commission_bp)
        except Refusal as refused:
            return await self._show(request, offer_id, refused.detail)
        return RedirectResponse(str(request.url_for("admin:moderation")), 303)

    async def _show(self, request: Request, wrong_id: UUID | None = None, wrong: str = "") -> Response:
        session: AsyncSession = request.state.session
        offers = await offers_after(session, None, None, SHOWN, state=OfferState.PENDING)
        default = percent((await house(session)).default_commission_bp)
        assert self.templates is not None
        return self.templates.TemplateResponse(
            request=request,
            name="moderation.html",
            context={
                "title": "Moderation", "offers": offers, "default": default, "wrong_id": wrong_id, "wrong": wrong,
                "spans": {offer.id: span(offer.pay_within_s) for offer in offers},
            },
            status_code=422 if wrong else 200,
        )  # fmt: skip
