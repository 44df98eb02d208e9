from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Response
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.access import Administrator, AdministratorWrites, ArrivesFirst
from bank.service.acts import clients
from bank.service.acts.clients import client_of, open_client
from bank.service.facts import Facts
from bank.service.models import Client
from bank.service.plan import Result
from bank.service.requests.gate import Step
from bank.service.requests.writes import worked
from bank.service.rules.phones import e164
from bank.service.schemas.common import Name, RowId
from bank.service.services import ServicesOfApp
from edge.problem import problems
from edge.wire import Email, Wire

Phone = Annotated[str, Field(pattern=r"^\+[0-9]{6,15}$", examples=["+79161234567"], description="E.164.")]


class ContactIn(Wire):
    email: Email
    phone: Phone | None = None
    """Where codes go when the bank has an SMS gateway; to `email` without either."""
    language: Literal["en", "ru"] = "en"
    """Of the messages that bring codes."""


class ClientIn(ContactIn):
    name: Name


class ClientOut(Wire):
    id: int
    name: str
    email: str
    phone: str | None
    language: str

    @classmethod
    def of(cls, row: Client) -> ClientOut:
        return cls(id=row.id, name=row.name, email=row.email, phone=row.phone, language=row.language)


router = APIRouter(prefix="/clients", tags=["administration"], route_class=ArrivesFirst)

IdInPath = Annotated[RowId, Path()]


@router.post("", status_code=201, response_model=ClientOut, responses=problems(401, 403, 409, 413, 422, 503))
async def create_client(body: ClientIn, write: AdministratorWrites, services: ServicesOfApp) -> Response:
    phone = None if body.phone is None else e164(body.phone)

    async def work(session: AsyncSession, facts: Facts) -> Result:
        client = await open_client(session, body.name, body.email, phone, body.language)
        return Result(201, ClientOut.of(client).model_dump(mode="json"))

    return await services.writes.answer(write, Step("client", None), body, worked(work))


@router.get("/{client_id}", responses=problems(401, 403, 404, 422, 503))
async def read_client(client_id: IdInPath, caller: Administrator, services: ServicesOfApp) -> ClientOut:
    async with services.database.transaction() as session:
        return ClientOut.of(await client_of(session, client_id))


@router.put(
    "/{client_id}/contact", summary="Change a client's contact", responses=problems(401, 403, 404, 413, 422, 503)
)
async def move_client(
    client_id: IdInPath, body: ContactIn, caller: Administrator, services: ServicesOfApp
) -> ClientOut:
    """Sets where the client's codes go from now on, and in which language.

    Codes sent to an old address or number become invalid.
    """
    phone = None if body.phone is None else e164(body.phone)

    async def work(session: AsyncSession) -> ClientOut:
        moved = await clients.move_client(session, client_id, body.email, phone, body.language, caller.name)
        return ClientOut.of(moved)

    return await services.database.run(work)
