from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from bank.service.access import Marketplace
from bank.service.acts import callbacks
from bank.service.models import CallbackAddress
from bank.service.schemas.common import Moment
from bank.service.services import ServicesOfApp
from edge.problem import problems
from edge.webhooks import new_secret
from edge.wire import CleanText, Wire, utc


class CallbackIn(Wire):
    url: Annotated[CleanText, Field(min_length=1, max_length=1000, examples=["https://shop.example/callbacks"])]


class CallbackOut(Wire):
    url: str
    registered_at: Moment
    gone: bool
    """Whether the address answered 410 and is called no more, until it is registered again."""


class CallbackRegistered(CallbackOut):
    secret: str
    """Signs every message by the Standard Webhooks convention. Shown once; registering again makes another."""


router = APIRouter(tags=["callbacks"])


@router.put("/callback", responses=problems(401, 403, 413, 422, 503))
async def register_callback(body: CallbackIn, caller: Marketplace, services: ServicesOfApp) -> CallbackRegistered:
    """Sets the address that is notified when an answer accepted with 202 is ready, and makes a new signing secret.

    It takes no idempotency key: without the secret, register again.
    """
    services.outward.check(body.url)
    secret = new_secret()
    sealed = services.code_rules.sealer.seal(secret, callbacks.secret_context(caller.name))
    async with services.database.transaction() as session:
        row = await callbacks.register(session, caller.name, body.url, sealed)
    return CallbackRegistered(**_shown(row).model_dump(), secret=secret)


@router.get("/callback", responses=problems(401, 403, 404, 422, 503))
async def read_callback(caller: Marketplace, services: ServicesOfApp) -> CallbackOut:
    """The registered address, without its secret."""
    async with services.database.transaction() as session:
        return _shown(await callbacks.address_of(session, caller.name))


def _shown(row: CallbackAddress) -> CallbackOut:
    return CallbackOut(url=row.url, registered_at=utc(row.registered_at), gone=row.gone_at is not None)
