"""The market's REST API as an application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from fastapi import Depends, FastAPI
from fastapi_offline import FastAPIOffline

from admin.site import AdminSite
from api.accounts.routes import router as accounts
from api.agreements import router as agreements
from api.bank_webhooks.routes import router as webhooks
from api.banks.routes import router as banks
from api.checkout_links.routes import router as checkout_links
from api.codes.routes import router as codes
from api.deals.routes import router as deals
from api.deposits.routes import router as deposits
from api.disputes import router as disputes
from api.health.routes import router as health
from api.holds.routes import router as holds
from api.marketplaces.routes import router as marketplaces
from api.money.routes import router as money
from api.oauth.routes import router as oauth
from api.offers.routes import router as offers
from api.overrides.routes import router as overrides
from api.passwords.routes import router as passwords
from api.payment_requests.routes import router as payment_requests
from api.payments.routes import router as payments
from api.platform_settings.routes import router as platform_settings
from api.refunds.routes import router as refunds
from api.transfers.routes import router as transfers
from api.users.routes import router as users
from api.wallets.routes import router as wallets
from api.withdrawals.routes import router as withdrawals
from edge import problem
from edge.queries import only_known_parameters
from fronts.services import build_services
from market.signals import Signaller
from sagas import Sagas, connect
from settings import MarketSettings

BASE_PATH: Final = "/api/v1"
DESCRIPTION: Final = """
Deals and payments of a marketplace. Amounts are strings of digits, times are UTC by the database's clock.

Every POST takes an `Idempotency-Key`: the same key with the same body gets the first answer again, with
`Idempotency-Replayed: true`. Every refusal is `application/problem+json` with a stable `code`.
"""


def create_app(settings: MarketSettings, sagas: Signaller | None = None) -> FastAPI:
    """The application; `sagas` defaults to the Temporal that `TEMPORAL_…` names, connected on first use."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        signaller = sagas or Sagas(await connect(lazy=True), settings.task_queue)
        services = build_services(settings, signaller)
        app.state.services = services
        await services.passwords.prepare()
        admin.open(services)
        yield
        await services.movements.drain()
        await services.signals.drain()
        await services.bank.aclose()
        await services.database.close()

    # Its /docs contains its own script and style: the page works without access to other hosts.
    app = FastAPIOffline(
        redoc_url=None,
        redirect_slashes=False,  # it would redirect to the host in `Host`
        title="Holdfast",
        version="1",
        description=DESCRIPTION,
        lifespan=lifespan,
        dependencies=[Depends(only_known_parameters)],
    )
    app.state.settings = settings
    problem.install(app)
    admin = AdminSite(app, settings)
    of_deals = (deals, payments, codes, agreements, disputes, refunds, checkout_links)
    # Addresses are matched in this order: first the routes that serve hundreds of requests a second.
    of_wallets = (transfers, deposits, wallets, holds, payment_requests, withdrawals)
    of_staff = (money, overrides, webhooks, platform_settings, marketplaces)
    for router in (*of_wallets, *of_deals, oauth, passwords, users, accounts, banks, offers, *of_staff):
        app.include_router(router, prefix=BASE_PATH)
    app.include_router(health)
    return app
