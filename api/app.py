"""The market's REST API as an application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Final

from fastapi import APIRouter, Depends, FastAPI
from fastapi_offline import FastAPIOffline

import api
from admin.site import AdminSite
from api.examples import EXAMPLES
from api.health import routes as health
from api.webhooks.messages import messages
from chat.site import ChatSite
from edge import documents, problem
from edge.logs import name_rows
from edge.queries import only_known_parameters
from edge.tracing import TELEMETRY
from fronts.services import build_services
from market.signals import Signaller
from sagas import Sagas, connect
from settings import MarketSettings

BASE_PATH: Final = "/api/v1"
_PROGRAM: Final = ("__main__", "app", "program")
_BUSIEST: Final = ("deposits", "transfers", "wallets")
DESCRIPTION: Final = """
Deals and payments of a marketplace. Amounts are strings of digits, times are UTC by the database's clock.

Every POST and PUT takes an `Idempotency-Key`, except those about log-ins and those that banks call: the same key with
the same body gets the first answer again, with `Idempotency-Replayed: true`. Every refusal is
`application/problem+json` with a stable `code`; each operation lists its own. In addition every address may answer 404
`not_found`, 405 `method_not_allowed` and 500 `internal_error`.

Every answer has an `X-Request-Id`. Send the header to choose the id, and name it when you ask for help.
"""

# What every operation for known callers may refuse with, by status.
_OF_CALLERS: Final = {
    401: "no_api_key bad_api_key bad_access_token",
    403: "scope_missing role_missing marketplace_key_needed operator_key_needed",
    503: "books_behind",
}

# In the order of an integration: who trades, what, the deal and its money; then the staff. A group that is not listed
# comes last, and is described by the first line of its file.
_TAGS: Final = [
    {"name": "users", "description": "The buyers and sellers of a marketplace."},
    {"name": "accounts", "description": "Their bank accounts: named, confirmed, chosen for payouts."},
    {"name": "banks", "description": "The banks, and what a transfer costs."},
    {"name": "offers", "description": "What sellers sell."},
    {
        "name": "deals",
        "description": "One agreement of a buyer and a seller, with events, books and closing statement.",
    },
    {"name": "payments", "description": "Each pays a deal, or a part of it, from an account or a wallet."},
    {"name": "codes", "description": "The code that confirms a payment."},
    {"name": "refunds", "description": "Released money that goes back."},
    {"name": "contracts", "description": "Several deals, the milestones, agreed on together."},
    {
        "name": "disputes",
        "description": "Objections to a paid deal: statements, offers, the arbiter's decision.",
    },
    {"name": "messages", "description": "Between the parties of a deal; at once on Socket.IO, `/socket.io`."},
    {"name": "statuses", "description": "What parties say about a deal's progress: names, and who sets them when."},
    {"name": "wallets", "description": "Money of users at the platform, with a statement."},
    {"name": "top-ups", "description": "Money that will come in through a gateway, and how much of it has arrived."},
    {"name": "deposits", "description": "Money that comes into a wallet."},
    {"name": "transfers", "description": "From wallet to wallet, at once."},
    {"name": "holds", "description": "From wallet to wallet in two steps."},
    {"name": "payment requests", "description": "One user asks another for money."},
    {"name": "withdrawals", "description": "From a wallet to a bank account or a chain address, after a mailed code."},
    {"name": "log-in", "description": "Tokens of people (OAuth), and links for passwords."},
    {"name": "events", "description": "What has happened, in order, to be read from the last number on."},
    {"name": "webhooks", "description": "Addresses to which events are sent, signed, and what became of each try."},
    {"name": "operators", "description": "With the key of an operator."},
    {"name": "incoming transfers", "description": "Money that came by a gateway and belongs to nobody known."},
    {"name": "overrides", "description": "An operator's recorded interventions."},
    {"name": "corrections", "description": "Mistakes in wallets, put right by two operators."},
    {"name": "administration", "description": "With the key or token of an administrator."},
    {"name": "bank webhooks", "description": "What banks report."},
    {"name": "sandbox", "description": "Moves time ahead, so that deadlines come at once. Only in a sandbox."},
    {"name": "health", "description": "For starting and watching the program."},
]


def create_app(settings: MarketSettings, sagas: Signaller | None = None) -> FastAPI:
    """The application; `sagas` defaults to the Temporal that `TEMPORAL_…` names, connected on first use."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        signaller = sagas or Sagas(await connect(settings.payload_key_bytes, lazy=True), settings.task_queue)
        services = build_services(settings, signaller)
        app.state.services = services
        await services.passwords.prepare()
        admin.open(services)
        chat.open(services)
        yield
        await services.messages.drain()
        await chat.close()
        await services.movements.drain()
        await services.signals.drain()
        await services.banks.aclose()
        await services.replica.close()
        await services.database.close()

    parts = _parts()
    # Its /docs contains its own script and style: the page works without access to other hosts.
    app = FastAPIOffline(
        redoc_url=None,
        telemetry=TELEMETRY,
        redirect_slashes=False,  # it would redirect to the host in `Host`
        title="Holdfast",
        version="1",
        description=DESCRIPTION,
        generate_unique_id_function=documents.operation_id,
        openapi_tags=[*_TAGS, *_other_tags(parts)],
        lifespan=lifespan,
        webhooks=messages,
        dependencies=[Depends(name_rows), Depends(only_known_parameters)],
    )
    app.state.settings = settings
    problem.install(app)
    documents.install(app, _OF_CALLERS, EXAMPLES)
    admin = AdminSite(app, settings)
    chat = ChatSite(app, settings)
    for module, router in parts:
        app.include_router(router, prefix="" if module is health else BASE_PATH)
    return app


def _parts() -> list[tuple[ModuleType, APIRouter]]:
    """Each part of the API with its router: the `routes` of a folder, or a single file.

    Addresses are matched in this order: first the routes that serve hundreds of requests a second.
    """
    names = {part.name: part.ispkg for part in iter_modules(api.__path__) if part.name not in _PROGRAM}
    modules = [
        import_module(f"api.{name}.routes" if names[name] else f"api.{name}")
        for name in sorted(names, key=lambda name: (name not in _BUSIEST, name))
    ]
    found = ((module, getattr(module, "router", None)) for module in modules)
    return [(module, router) for module, router in found if isinstance(router, APIRouter)]


def _other_tags(parts: list[tuple[ModuleType, APIRouter]]) -> list[dict[str, str]]:
    listed = {tag["name"] for tag in _TAGS}
    others = {
        str(tag): (module.__doc__ or "").partition("\n")[0]
        for module, router in parts
        for tag in router.tags
        if tag not in listed
    }
    return [{"name": tag, "description": description} for tag, description in others.items()]
