from __future__ import annotations

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.access import Administrator
from bank.service.acts.clients import open_client
from bank.service.rules.phones import e164
from bank.service.schemas.clients import ClientIn, ClientOut
from bank.service.services import ServicesOfApp
from bank.service.writes import Step
from edge.idempotency import IdempotencyKey
from edge.problem import problems

router = APIRouter(tags=["administration"])


@router.post("/clients", status_code=201, response_model=ClientOut, responses=problems(401, 403, 409, 413, 422, 503))
async def create_client(
    request: Request, body: ClientIn, key: IdempotencyKey, caller: Administrator, services: ServicesOfApp
) -> Response:
    phone = None if body.phone is None else e164(body.phone)

    async def work(session: AsyncSession) -> tuple[int, dict[str, object]]:
        client = await open_client(session, body.name, body.email, phone)
        shown = ClientOut(id=client.id, name=client.name, email=client.email, phone=client.phone)
        return 201, shown.model_dump(mode="json")

    return await services.writes.answer(request, caller.name, key, Step("client", None), body, work)
