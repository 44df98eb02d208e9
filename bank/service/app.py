"""The bank as an ASGI application: routes, refusals, the delivery of mails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

from fastapi import APIRouter, Depends, FastAPI
from fastapi_offline import FastAPIOffline

from bank.service.faults import routes as faults
from bank.service.figures import bank_figures
from bank.service.routes import (
    accesses,
    accounts,
    answers,
    api_keys,
    audit,
    banks,
    checkpoints,
    clients,
    codes,
    fees,
    health,
    operations,
    ownership,
    payments,
    payouts,
    refunds,
    remittances,
    seeds,
    webhooks,
)
from bank.service.services import Services, build_services
from bank.service.settings import BankSettings
from edge import documents, problem
from edge.metrics import Reader, pool_of, serve_metrics
from edge.queries import only_known_parameters
from edge.tracing import TELEMETRY

BASE_PATH: Final = "/api/v1"

_TAGS: Final = [
    {"name": "operations", "description": "Money movements: open, debit into a hold, capture or void, credit, refund."},
    {"name": "codes", "description": "Confirmation codes by phone or mail."},
    {"name": "accesses", "description": "Balance and statement, for whom the owner of the account lets see them."},
    {"name": "ownership", "description": "Whether an account exists, and its confirmation by its owner."},
    {"name": "answers", "description": "What was answered to an Idempotency-Key."},
    {"name": "webhooks", "description": "Where a marketplace is notified that an answer is ready."},
    {"name": "banks", "description": "The banks and how they behave."},
    {"name": "fees", "description": "What transfers between banks cost."},
    {"name": "administration", "description": "With the scope `admin`."},
    {"name": "health", "description": "For starting and watching the program."},
]


def create_app(settings: BankSettings) -> FastAPI:
    """The application; `app.state.services.stopping.set()` wakes requests that are slow on purpose."""
    return bind(build_routes(), settings)


def bind(app: FastAPI, settings: BankSettings) -> FastAPI:
    """Gives `build_routes()` the services that it works with from its next start to its stop."""
    app.state.services = build_services(settings)
    return app


def build_routes() -> FastAPI:
    """The application without services. Making it takes 0.1 s, so callers that start many `bind` it repeatedly."""
    app = FastAPIOffline(
        redoc_url=None,
        telemetry=TELEMETRY,
        redirect_slashes=False,  # it would redirect to the host in `Host`
        title="Bank",
        generate_unique_id_function=documents.operation_id,
        version="1",
        description="Accounts, fees, and operations confirmed by a code: debit into a hold, capture or void, credit.",
        lifespan=_lifespan,
        openapi_tags=_TAGS,
        dependencies=[Depends(only_known_parameters)],
    )
    problem.install(app)
    documents.install(app)
    api = APIRouter(prefix=BASE_PATH)
    for noun in (
        operations,
        payments,
        refunds,
        payouts,
        remittances,
        codes,
        accesses,
        ownership,
        answers,
        webhooks,
        checkpoints,
        banks,
        fees,
        clients,
        accounts,
        api_keys,
        seeds,
        audit,
        faults,
    ):
        api.include_router(noun.router)
    app.include_router(api)
    app.include_router(health.router)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    services: Services = app.state.services
    loops = [asyncio.create_task(loop.run()) for loop in (services.delivery, services.webhooks)]
    settings, database = services.settings, services.database
    readers: dict[str, Reader] = {"pool": pool_of(database), "bank": partial(bank_figures, database)}
    try:
        async with serve_metrics(settings.metrics_host, settings.metrics_port, readers):
            yield
    finally:
        await _close(services, loops)


async def _close(services: Services, loops: list[asyncio.Task[None]]) -> None:
    services.stopping.set()
    for loop in loops:
        loop.cancel()
    await asyncio.gather(*loops, return_exceptions=True)
    await services.delivery.stop()
    await services.webhooks.stop()
    await services.database.close()
