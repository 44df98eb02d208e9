"""The offers that await moderation, oldest first, each with a form: percentage, approved or rejected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette_admin import CustomView
from starlette_admin.flash import flash, get_flashed_messages
from starlette_admin.routing import route

from admin.ages import span
from domain.errors import Malformed, Refusal
from domain.limits import MAX_REASON
from fronts.percents import basis_points_of
from market import offers
from store.deals.offers import OfferState, offers_after
from store.operations.platform_settings import platform_settings
from store.people.users import names_of

SHOWN: Final = 50  # a page; decided ones make room for the next
_FIELDS: Final = ("percent", "default", "reason", "version", "decision")


@dataclass(frozen=True, slots=True)
class Wrong:
    """A refused decision, with what was typed."""

    offer_id: UUID
    refusal: Refusal
    said: dict[str, str]


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
        """Decides about what the form showed: refuses another version of the offer or another default percentage."""
        session: AsyncSession = request.state.session
        offer_id: UUID = request.path_params["offer_id"]
        form = await request.form()
        said = {name: str(form.get(name) or "").strip() for name in _FIELDS}
        approve = said["decision"] == "approve"
        try:
            if said["decision"] not in ("approve", "reject"):
                raise Malformed("invalid_field", "Approve the offer or reject it.", "decision")
            if not approve and not 1 <= len(said["reason"]) <= MAX_REASON:
                raise Malformed("missing_field", f"Say why, in at most {MAX_REASON} characters.", "reason")
            commission_bp = basis_points_of(said["percent"], "percent") if said["percent"] else None
            version = int(said["version"]) if said["version"].isdecimal() else 0
            decision = offers.Decision(approve, commission_bp, said["reason"], version, said["default"])
            await offers.moderate(session, offer_id, decision)
        except Refusal as refused:
            return await self._show(request, Wrong(offer_id, refused, said))
        flash(request, "The offer is approved." if approve else "The offer is rejected.", "success")
        return RedirectResponse(str(request.url_for("admin:moderation")), 303)

    async def _show(self, request: Request, wrong: Wrong | None = None) -> Response:
        session: AsyncSession = request.state.session
        pending = await offers_after(session, None, None, SHOWN, None, state=OfferState.PENDING)
        assert self.templates is not None
        return self.templates.TemplateResponse(
            request=request,
            name="moderation.html",
            context={
                "title": "Moderation", "offers": pending, "wrong": wrong, "max_reason": MAX_REASON,
                "default": (await platform_settings(session)).default_commission_percent,
                "sellers": await names_of(session, {offer.seller_id for offer in pending}),
                "spans": {offer.id: span(offer.pay_within_s) for offer in pending},
                "flashed_messages": get_flashed_messages(request),
            },
            status_code=200 if wrong is None else wrong.refusal.status,
        )  # fmt: skip
