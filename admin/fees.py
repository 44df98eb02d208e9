"""The banks' fees for each pair, and the age of our copy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response
from starlette_admin import CustomView
from starlette_admin.routing import route

from admin.ages import age, now
from domain.money import Money
from fronts.percents import percent
from fronts.services import Services
from store.banks.banks import banks, fees

OLD_AFTER: Final = 5  # missed runs of the schedule after which readers should ask why


@dataclass(frozen=True, slots=True)
class Pair:
    payer: str
    payee: str
    percent: str
    minimum: Money
    age: str


class FeesView(CustomView):
    """A schedule copies them from the bank client; they are set there. A pair that is not listed costs nothing."""

    menu_label = "Fees"
    icon = "fa fa-percent"
    path = "/fees"
    route_name = "fees"

    @route("")
    async def index(self, request: Request) -> Response:
        session: AsyncSession = request.state.session
        services: Services = request.app.state.services
        names = {bank.id: f"{bank.name} ({bank.id:03})" for bank in await banks(session)}
        found, at = await fees(session), await now(session)
        every_s = services.settings.directory_every_s
        oldest = min((fee.refreshed_at for fee in found), default=at)
        pairs = [
            Pair(
                names[fee.payer_bank],
                names[fee.payee_bank],
                percent(fee.percent_bp),
                Money(fee.minimum_minor, fee.currency),
                age(at, fee.refreshed_at),
            )
            for fee in found
        ]
        assert self.templates is not None
        return self.templates.TemplateResponse(
            request=request,
            name="fees.html",
            context={
                "title": self.menu_label,
                "pairs": pairs,
                "every_s": every_s,
                "oldest": age(at, oldest),
                "is_old": (at - oldest).total_seconds() > OLD_AFTER * every_s,
            },
        )
