"""The pages as part of the API's program: a separate application on every address that the API does not use."""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI
from starlette.routing import Match, Mount
from starlette.types import Scope

from edge.headers import SafeHeaders
from fronts.guard import HEADERS
from pages import failures
from pages.accounts import router as accounts
from pages.checkout_links import router as checkout_links
from pages.checkouts import router as checkouts
from pages.confirmations import router as confirmations
from pages.deals import router as deals
from pages.earnings import router as earnings
from pages.holds import router as holds
from pages.logins import router as logins
from pages.offers import router as offers
from pages.own_offers import router as own_offers
from pages.passwords import router as passwords
from pages.payment_requests import router as payment_requests
from pages.payments import router as payments
from pages.profile import router as profile
from pages.refunds import router as refunds
from pages.static import router as static
from pages.test_money import router as test_money
from pages.transfers import router as transfers
from pages.wallets import router as wallets
from pages.withdrawals import router as withdrawals

CONTENT_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_WALLETS: Final = (wallets, transfers, holds, payment_requests, withdrawals)
_OWN: Final = (offers, own_offers, accounts, confirmations, deals, refunds)
_CABINET: Final = (*_OWN, checkouts, payments, earnings, *_WALLETS, profile)
_ROUTERS: Final = (static, logins, passwords, *_CABINET, checkout_links)


# First parts of addresses that are never pages. They are listed here, because how the framework stores its routes is
# its own affair. A test compares them with every route of the API.
TAKEN: Final = frozenset({"api", "admin", "health", "ready", "docs", "openapi.json", "static-offline-docs"})


class _Rest(Mount):
    """Everything not below one of `TAKEN`: the API itself refuses a wrong method or address of its own."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        first = str(scope.get("path", "")).lstrip("/").split("/", maxsplit=1)[0]
        return (Match.NONE, {}) if first in TAKEN else super().matches(scope)


def install(market: FastAPI) -> FastAPI:
    """Adds the pages to the API's application, and returns them. Called last: they take the remaining addresses."""
    # A nearly right address is not redirected: the framework would redirect to the host in `Host`.
    pages = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    pages.state.market = market
    failures.install(pages)
    for router in _ROUTERS:
        pages.include_router(router)
    if market.state.settings.test_bank_key is not None:
        pages.include_router(test_money)
    # Around the application and not a middleware in it: the answer to our own failure is made outside of those.
    market.router.routes.append(_Rest("/", SafeHeaders(pages, HEADERS | {"Content-Security-Policy": CONTENT_POLICY})))
    return pages
