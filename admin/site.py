"""Assembles the administrators' pages under /admin."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from starlette.middleware import Middleware
from starlette.responses import RedirectResponse, Response
from starlette_admin.contrib.sqla import Admin
from starlette_admin.i18n import TimezoneConfig

from admin.bank_clients import BankClients
from admin.disputes import Disputes
from admin.fees import FeesView
from admin.guard import PATH, Administrators, Guard, Nonces
from admin.moderation import Moderation
from admin.moments import OneMoment, moment
from admin.overview import Overview
from admin.stuck import StuckView
from admin.suspense import Suspense
from admin.views import views
from admin.webhook_pages import Webhooks
from admin.withdrawals import WithdrawalApprovals
from edge.characters import isolated
from edge.logs import request_id
from fronts.services import Services
from settings import MarketSettings
from texts.languages import Language

TITLE: Final = "Holdfast administration"


async def _to_first_page() -> Response:
    return RedirectResponse(f"{PATH}/", 307)


class AdminSite:
    """Mounted before the program starts; `open` supplies the services once they exist."""

    def __init__(self, app: FastAPI, settings: MarketSettings) -> None:
        self._sessions: async_sessionmaker[AsyncSession] = async_sessionmaker(expire_on_commit=False)
        self._admin = Admin(
            self._sessions,
            title=TITLE,
            base_url=PATH,
            auth_provider=Administrators(),
            secret_key=hmac.new(settings.pepper_bytes, b"admin-cookies", hashlib.sha256).hexdigest(),
            templates_dir=str(Path(__file__).parent / "templates"),
            additional_loaders=[Nonces()],
            index_view=Overview(),
            timezone_config=TimezoneConfig(timezone_cookie_name=None),  # every page names one zone, and uses it
        )
        self._admin.templates.env.globals["moment"] = moment
        self._admin.templates.env.globals["request_id"] = request_id
        self._admin.templates.env.filters["isolated"] = isolated
        self._admin.templates.env.filters["money"] = Language.of("en").money
        money = (WithdrawalApprovals(), BankClients(), FeesView())
        for page in (StuckView(), Disputes(), Suspense(), *money, Moderation(), Webhooks()):
            self._admin.add_view(page)
        for view in views():
            self._admin.add_view(view)
        self._admin.middlewares.append(Middleware(OneMoment))
        # Outermost: the library sees no request from another site.
        self._admin.middlewares.insert(0, Middleware(Guard))
        self._admin.mount_to(app)
        # Relative: the framework's own redirect would lead to the host in `Host`.
        app.add_api_route(PATH, _to_first_page, include_in_schema=False)

    def open(self, services: Services) -> None:
        self._sessions.configure(bind=services.database.engine)
        self._admin.app.state.services = services
