from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.access import Marketplace
from bank.service.acts import accesses, codes
from bank.service.acts.accesses import Asked
from bank.service.gate import Step
from bank.service.refusals import account_closed
from bank.service.rules.accounts import bank_of_account
from bank.service.schemas.accesses import AskedNumber
from bank.service.schemas.codes import CodeOut
from bank.service.schemas.ownership import KnownAccountOut, OwnershipCodeIn, OwnershipIn, OwnershipOut
from bank.service.services import ServicesOfApp
from edge.codes import normalise
from edge.idempotency import IdempotencyKey
from edge.problem import problems

router = APIRouter(tags=["ownership"])

NumberInPath = Annotated[AskedNumber, Path()]
Written = tuple[int, dict[str, object]]

_ASKS = problems(401, 403, 409, 413, 422, 429, 503)


@router.get("/known-accounts/{number}", responses=problems(401, 403, 422, 503))
async def read_known_account(number: NumberInPath, caller: Marketplace, services: ServicesOfApp) -> KnownAccountOut:
    """Whether a client of the bank has this account, open or closed. Shows nothing of the client or the balance."""
    async with services.database.reading() as session:
        return KnownAccountOut.of(await accesses.known_account(session, number))


@router.post("/accounts/{number}/ownership-codes", status_code=201, response_model=CodeOut, responses=_ASKS)
async def ask_whose(
    request: Request,
    number: NumberInPath,
    body: OwnershipCodeIn,
    key: IdempotencyKey,
    caller: Marketplace,
    services: ServicesOfApp,
) -> Response:
    """Sends the account's owner a code, which proves to the caller whose account it is.

    Codes for one `reference` of the caller are good for no other one. At most three within the hour for each.
    """
    window = timedelta(seconds=services.settings.access_window_s)
    made: list[int] = []

    async def work(session: AsyncSession) -> Written:
        if (await accesses.known_account(session, number)).closed_at is not None:
            raise account_closed("number")
        asked = Asked(caller.name, number, "ownership", body.reference)
        code = await accesses.ask_owner(session, services.code_rules, asked, window)
        made[:] = [code.id]
        return 201, CodeOut.of(code).model_dump(mode="json")

    async def send() -> None:
        await services.delivery.deliver(made[0], services.settings.mail_wait_s)

    step = Step("ownership_code", bank_of_account(number))
    return await services.writes.answer(request, caller.name, key, step, body, work, after=send)


@router.post("/accounts/{number}/ownership", response_model=OwnershipOut, responses=_ASKS)
async def confirm_ownership(
    request: Request,
    number: NumberInPath,
    body: OwnershipIn,
    key: IdempotencyKey,
    caller: Marketplace,
    services: ServicesOfApp,
) -> Response:
    """Redeems the owner's code, which proves ownership. Every failure of the code has the same answer."""
    typed, rules = normalise(body.code), services.code_rules
    asked = Asked(caller.name, number, "ownership", body.reference)

    async def count(session: AsyncSession, digest: bytes) -> None:
        await codes.count_try(session, rules, caller.name, key, digest, accesses.access_awaiting(asked))

    async def work(session: AsyncSession) -> Written:
        await accesses.confirm(session, rules, asked, key, typed, body.submitted_at)
        return 200, OwnershipOut(account=number, reference=body.reference).model_dump(mode="json")

    step = Step("ownership", bank_of_account(number))
    return await services.writes.answer(request, caller.name, key, step, body, work, before=count)
