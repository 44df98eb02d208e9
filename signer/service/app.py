"""The signer as an ASGI application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

from fastapi import Depends, FastAPI
from fastapi_offline import FastAPIOffline

from edge import documents, problem
from edge.metrics import Reader, pool_of, serve_metrics
from edge.queries import only_known_parameters
from edge.tracing import TELEMETRY
from signer.service import routes
from signer.service.figures import signer_figures
from signer.service.services import Services, build_services
from signer.service.settings import SignerSettings
from signer.service.vault import Vault

BASE_PATH: Final = "/api/v1"


def create_app(settings: SignerSettings, vault: Vault) -> FastAPI:
    app = FastAPIOffline(
        redoc_url=None,
        telemetry=TELEMETRY,
        redirect_slashes=False,  # it would redirect to the host in `Host`
        title="Signer",
        generate_unique_id_function=documents.operation_id,
        version="1",
        description="Derives addresses on TRON, and signs the transactions that its rules allow.",
        lifespan=_lifespan,
        dependencies=[Depends(only_known_parameters)],
    )
    problem.install(app)
    documents.install(app)
    app.include_router(routes.router, prefix=BASE_PATH)
    app.include_router(routes.health_router)
    app.state.services = build_services(settings, vault)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    services: Services = app.state.services
    database = services.database
    readers: dict[str, Reader] = {
        "pool": pool_of(database),
        "signer": partial(signer_figures, database, services.limits),
    }
    try:
        async with serve_metrics(*services.metrics, readers):
            yield
    finally:
        await database.close()
