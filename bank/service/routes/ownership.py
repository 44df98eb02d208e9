from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Response
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.access import ArrivesFirst, Marketplace, MarketplaceWrites
from bank.service.acts import accesses
from bank.service.acts.accesses import Asked
from bank.service.facts import Facts
from bank.service.models import Account
from bank.service.plan import Plan, Result
from bank.service.refusals import account_closed
from bank.service.requests.gate import Step
from bank.service.requests.writes import worked
from bank.service.routes.codes import CodeOut
from bank.service.rules.accounts import bank_of_account
from bank.service.schemas.accesses import AskedNumber
from bank.service.schemas.common import CurrencyCode, Reference
from bank.service.services import ServicesOfApp
from edge.codes import normalise
from edge.problem import problems
from edge.wire import CleanText, Timestamp, Wire


class KnownAccountOut(Wire):
    number: str
    currency: CurrencyCode
    closed: bool

    @classmethod
    def of(cls, account: Account) -> KnownAccountOut:
        return cls(number=account.number, currency=account.currency, closed=account.closed_at is not None)


class OwnershipCodeIn(Wire):
    reference: Reference
    """The caller's name for this claim of ownership."""


class OwnershipIn(Wire):
    reference: Reference
    code: CleanText
    submitted_at: Timestamp
    """When the owner entered the code; expiry is judged by it if it is believable and at most a day old."""


class OwnershipOut(Wire):
    account: str
    reference: str


router = APIRouter(tags=["ownership"], route_class=ArrivesFirst)

NumberInPath = Annotated[AskedNumber, Path()]

_ASKS = problems(401, 403, 409, 413, 422, 429, 503)


@router.get("/known-accounts/{number}", responses=problems(401, 403, 422, 503))
async def read_known_account(number: NumberInPath, caller: Marketplace, services: ServicesOfApp) -> KnownAccountOut:
    """Whether a client of the bank has this account, open or closed. Shows nothing of the client or the balance."""
    async with services.database.reading() as session:
        return KnownAccountOut.of(await accesses.known_account(session, number))


@router.post(
    "/accounts/{number}/ownership-codes",
    summary="Send an owner a code",
    status_code=201,
    response_model=CodeOut,
    responses=_ASKS,
)
async def ask_whose(
    number: NumberInPath, body: OwnershipCodeIn, write: MarketplaceWrites, services: ServicesOfApp
) -> Response:
    """Sends the account's owner a code, which proves to the caller whose account it is.

    Codes for one `reference` of the caller are not valid for another. At most three an hour for each.
    """
    rules, window = services.code_rules, timedelta(seconds=services.settings.access_window_s)
    asked = Asked(number, "ownership", body.reference)

    async def work(session: AsyncSession, facts: Facts) -> Result:
        if (await accesses.known_account(session, number)).closed_at is not None:
            raise account_closed("number")
        return CodeOut.result(await accesses.ask_owner(session, rules, asked, facts.caller, write.key, window))

    async def send(result: Result) -> None:
        await services.delivery.deliver(result.plan.new_code, services.settings.mail_wait_s)

    step = Step("ownership_code", bank_of_account(number))
    return await services.writes.answer(write, step, body, worked(work), after=send)


@router.post("/accounts/{number}/ownership", response_model=OwnershipOut, responses=_ASKS)
async def confirm_ownership(
    number: NumberInPath, body: OwnershipIn, write: MarketplaceWrites, services: ServicesOfApp
) -> Response:
    """Redeems the owner's code, which proves ownership. Every failure of the code has the same answer."""
    typed, rules = normalise(body.code), services.code_rules
    asked = Asked(number, "ownership", body.reference)

    async def work(session: AsyncSession, facts: Facts) -> Result:
        _, used = await accesses.confirm(session, rules, asked, facts.caller, write.key, typed, body.submitted_at)
        shown = OwnershipOut(account=number, reference=body.reference)
        return Result(200, shown.model_dump(mode="json"), Plan(used_code=used))

    step = Step("ownership", bank_of_account(number))
    return await services.writes.answer(write, step, body, worked(work), tries=asked.tried(rules.limits))
