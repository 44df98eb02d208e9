from __future__ import annotations

from functools import partial

from fastapi import APIRouter, Response

from api.bank_clients.schemas import (
    BankClientChangeIn,
    BankClientIn,
    BankClientOut,
    BankClientsOut,
    BankClientStateIn,
    ConnectionOut,
)
from api.dependencies import Administrator, ServicesOfApp
from api.fields import IdInPath
from api.refusals import READS, WRITES
from api.writes import Write
from domain.bank_clients import BankClientState
from edge.documents import refusing
from edge.outward import Outward
from edge.problem import problems
from fronts.bank_clients import said_at, said_by, tested
from fronts.services import Services
from fronts.writes import written
from market import bank_clients as acts
from store.banks.bank_clients import BankClientRow, bank_client_of, bank_clients

router = APIRouter(tags=["administration"])


@router.post(
    "/bank-clients",
    summary="Create a bank client",
    status_code=201,
    response_model=BankClientOut,
    responses=refusing(WRITES, {409: "bank_client_exists too_many_bank_clients", 422: "bad_url"}),
)
async def create_bank_client(body: BankClientIn, caller: Administrator, write: Write) -> Response:
    """Names another program that serves banks. It is disabled until you enable it."""
    services = write.services
    _check(services, body.url)
    assert caller.operator_id is not None
    act = partial(acts.register, operator_id=caller.operator_id, wanted=body.wanted(), sealer=services.sealer)
    return await write.answer(caller, body, written(201, act, partial(_out, services)))


@router.get("/bank-clients", summary="List bank clients", responses=problems(401, 403, 503))
async def list_bank_clients(caller: Administrator, services: ServicesOfApp) -> BankClientsOut:
    """The registered ones; the one of the settings is not among them."""
    async with services.database.transaction() as session:
        return BankClientsOut(items=[_out(services, row) for row in await bank_clients(session)], next=None)


@router.get(
    "/bank-clients/{client_id}",
    summary="Get a bank client",
    responses=refusing(READS, {404: "unknown_bank_client"}),
)
async def get_bank_client(client_id: IdInPath, caller: Administrator, services: ServicesOfApp) -> BankClientOut:
    async with services.database.transaction() as session:
        return _out(services, await bank_client_of(session, client_id))


@router.put(
    "/bank-clients/{client_id}",
    summary="Update a bank client",
    response_model=BankClientOut,
    responses=refusing(
        WRITES,
        {404: "unknown_bank_client", 409: "bank_client_exists bank_client_silent bank_client_differs", 422: "bad_url"},
    ),
)
async def update_bank_client(
    client_id: IdInPath, body: BankClientChangeIn, caller: Administrator, write: Write
) -> Response:
    """Replaces name, address and limits, and the API key and webhook secret if they are given.

    Another address must be one of the same program, with the same banks and the platform's same accounts there.
    """
    services, wanted = write.services, body.wanted()
    _check(services, body.url)
    said = await said_at(services, client_id, wanted)
    act = partial(acts.change, id_=client_id, wanted=wanted, sealer=services.sealer, said=said)
    answer = await write.answer(caller, body, written(200, act, partial(_out, services)))
    services.banks.forget()
    return answer


@router.get(
    "/bank-clients/{client_id}/connection",
    summary="Check the connection to a bank client",
    responses=refusing(READS, {404: "unknown_bank_client"}),
)
async def check_bank_client(client_id: IdInPath, caller: Administrator, services: ServicesOfApp) -> ConnectionOut:
    """Asks it for its banks, in any state, and changes nothing."""
    return ConnectionOut.of(await tested(services, client_id))


@router.post(
    "/bank-clients/{client_id}/state",
    summary="Set the state of a bank client",
    response_model=BankClientOut,
    responses=refusing(
        WRITES,
        {
            404: "unknown_bank_client",
            409: "bank_client_state bank_client_silent bank_claimed bank_client_in_use",
        },
    ),
)
async def set_bank_client_state(
    client_id: IdInPath, body: BankClientStateIn, caller: Administrator, write: Write
) -> Response:
    """Enabled: its banks are open for payments. Draining: what is open continues, and nothing new begins. Once all of
    that has ended, it can be disabled.
    """
    services = write.services
    if body.state == BankClientState.ENABLED:
        act = partial(acts.enable, id_=client_id, said=await said_by(services, client_id))
    else:
        act = partial(acts.drain if body.state == BankClientState.DRAINING else acts.disable, id_=client_id)
    answer = await write.answer(caller, body, written(200, act, partial(_out, services)))
    services.banks.forget()
    return answer


def _out(services: Services, row: BankClientRow) -> BankClientOut:
    return BankClientOut.of(row, services.settings.public_url)


def _check(services: Services, url: str) -> None:
    """Raises `Malformed` bad_url."""
    Outward(services.settings.bank_host_names).check(url)
